"""khid-eval serve: the API on this machine, in front of the embedded engine or another target."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from khid_eval.errors import BadRequest

_EPILOG = "Example: khid-eval serve --port 8089 --token-file tokens.txt"


def serve(
    target: Annotated[
        str, typer.Option(help="What reads the cards: embedded, or an endpoint to pass requests on to.")
    ] = ("embedded"),
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs credentials.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8089,
    token_file: Annotated[Path | None, typer.Option(help="Accepted X-Auth-Tokens, one a line.")] = None,
    access_keys: Annotated[Path | None, typer.Option(help="Accepted access keys, one JSON object a line.")] = None,
    users: Annotated[Path | None, typer.Option(help="Users of POST /v3/auth/tokens, one JSON object a line.")] = None,
    workers: Annotated[int | None, typer.Option(help="Readings at a time; by default the cores.", min=1)] = None,
    queue: Annotated[int, typer.Option(help="Requests that may wait; more are answered 429.", min=0)] = 16,
    faults: Annotated[str, typer.Option(help="Faults to inject, such as APIG.0308=0.1,delay=2s@0.05,drop=0.01.")] = "",
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 0,
    allow_private_urls: Annotated[bool, typer.Option(help="Fetch `url` photos from private networks too.")] = False,
    verbose: Annotated[bool, typer.Option(help="A line a request on standard error, without card content.")] = False,
) -> None:
    """Serve the OCR API on this machine: any client of the vendor's API, its SDK too, works against it unchanged."""
    from khid_eval import readers, server
    from khid_eval.server.serving import listen

    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(message)s")
    access = server.load_access(token_file, access_keys, users)
    settings = server.ServerSettings(
        workers=workers or os.cpu_count() or 1,
        queue=queue,
        access=access,
        fetch=server.FetchRules(allow_private=allow_private_urls),
        faults=server.parse_faults(faults, seed) if faults else None,
    )
    listener = listen(host, port, open_access=access.open)
    address = f"http://{host}:{listener.getsockname()[1]}"
    try:
        reader = readers.build(readers.Target.parse(target))
    except BadRequest:
        listener.close()
        raise
    who = "anybody on this machine may call; any credentials are accepted" if access.open else "credentials are checked"
    server.serve(
        reader, settings, listener, ready=lambda: typer.echo(f"serving {target} at {address}: {who}", err=True)
    )


serve.__doc__ = f"{serve.__doc__}\n\n{_EPILOG}"

__all__ = ["serve"]
