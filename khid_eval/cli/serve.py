"""khid-eval serve: the API on this machine, in front of the embedded engine or another target."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from khid_eval.cli.target import AskTokenOption, EnterpriseOption, ProjectOption, TargetOption, credentials_for

if TYPE_CHECKING:
    from khid_eval.readers import Target
    from khid_eval.records import CardReader
    from khid_eval.server import Access, ServerSettings

_CALLS_PASSED_ON = 16
"""At a time, to an endpoint: it waits for the network, not for a core."""

FILES_OF_CALLERS = (
    'The files about callers have one of these a line: a bare token or {"token": …}; {"access_key": …, "secret_key": '
    '…}; {"name": …, "password": …, "domain": …, "projects": {id: name}}. Tokens and access keys may also have '
    '"project_id", "expires_at" (2030-01-31T12:00:00Z) and "subscribed": false.'
)
"""Stands under the options in --help."""


def _about_callers(meaning: str, **limits: Any) -> Any:
    return typer.Option(help=meaning, rich_help_panel="Who may call", **limits)


HostOption = Annotated[str, typer.Option(help="Address to listen on; other than this machine's own needs credentials.")]
PortOption = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)]
TokensOption = Annotated[Path | None, _about_callers("Accepted X-Auth-Tokens, one a line.")]
KeysOption = Annotated[Path | None, _about_callers("Accepted access keys, one JSON object a line.")]
UsersOption = Annotated[Path | None, _about_callers("Users of POST /v3/auth/tokens, one JSON object a line.")]
PerMinuteOption = Annotated[int, _about_callers("Calls a minute of one caller; 0: no limit.", min=0)]
WorkersOption = Annotated[
    int, typer.Option("--workers", "-w", help="Readings at a time; 0: one a core, 16 to an endpoint.", min=0)
]
QueueOption = Annotated[int, typer.Option(help="Requests that may wait; more are answered 429.", min=0)]
PrivateUrlsOption = Annotated[
    bool, typer.Option("--allow-private-urls", help="Fetch `url` photos from private networks too.")
]
FaultsOption = Annotated[str, typer.Option(help="Faults to inject, such as APIG.0308=0.1,delay=2s@0.05,drop=0.01.")]
SeedOption = Annotated[int, typer.Option(help="Of the faults.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="A line a request on stderr, without card content.")]


def serve(
    target: TargetOption = "embedded",
    project_id: ProjectOption = "",
    enterprise_project_id: EnterpriseOption = "",
    ask_token: AskTokenOption = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8089,
    token_file: TokensOption = None,
    access_keys: KeysOption = None,
    users: UsersOption = None,
    per_minute: PerMinuteOption = 0,
    workers: WorkersOption = 0,
    queue: QueueOption = 16,
    allow_private_urls: PrivateUrlsOption = False,
    faults: FaultsOption = "",
    seed: SeedOption = 0,
    verbose: VerboseOption = False,
) -> None:
    """Serve the OCR API on this machine: any client of the vendor's API, its SDK too, works against it unchanged.

    Example: khid-eval serve --port 8089 --token-file tokens.txt

    Credentials for an endpoint behind this server come from the environment (KHID_TOKEN, or KHID_AK and KHID_SK, or
    KHID_DOMAIN, KHID_USER and KHID_PASSWORD) or a prompt.
    """
    from khid_eval import readers, server

    _log_to_stderr(verbose)
    chosen = readers.Target.parse(target, project_id=project_id, enterprise_project_id=enterprise_project_id)
    settings = server.ServerSettings(
        workers=workers or _default_workers(chosen),
        queue=queue,
        per_minute=per_minute,
        access=server.load_access(token_file, access_keys, users),
        fetch=server.FetchRules(allow_private=allow_private_urls),
        faults=server.parse_faults(faults, seed) if faults else None,
    )
    _serve(chosen, settings, host, port, ask_token=ask_token)


def _serve(target: Target, settings: ServerSettings, host: str, port: int, *, ask_token: bool) -> None:
    from khid_eval import server

    access = settings.access
    with server.listen(host, port, open_access=access.open) as listener:
        reader = _reader(target, ask_token=ask_token)
        where = server.url_of(listener)
        server.serve(reader, settings, listener, ready=lambda: _say(_announcement(target, where, access)))
    _say("Stopped.")


def _reader(target: Target, *, ask_token: bool) -> CardReader:
    """Tried once only: a client that hears at once that the target is busy decides for itself how long to wait."""
    from khid_eval import readers

    credentials = credentials_for(target, ask_token=ask_token) if target.kind == readers.API else None
    return readers.build(target, credentials, retrier=readers.Retrier(readers.NO_RETRY))


def _default_workers(target: Target) -> int:
    from khid_eval import readers

    return _CALLS_PASSED_ON if target.kind == readers.API else os.cpu_count() or 1


def _announcement(target: Target, where: str, access: Access) -> str:
    if access.open:
        who = "No credentials are set: any are accepted, from this machine alone."
    else:
        counts = f"tokens: {len(access.tokens)}, access keys: {len(access.access_keys)}, users: {len(access.users)}"
        who = f"Credentials are checked ({counts})."
    return f"Serving {target} at {where}. {who} Stop with Ctrl-C."


def _log_to_stderr(verbose: bool) -> None:
    import logging

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    if verbose:
        logging.getLogger("khid_eval").setLevel(logging.INFO)


def _say(text: str) -> None:
    typer.echo(text, err=True)


__all__ = ["FILES_OF_CALLERS", "serve"]
