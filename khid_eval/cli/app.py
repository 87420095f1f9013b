"""khid-eval app: the browser interface."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::")

HostOption = Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")]
PortOption = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="Name by which browsers reach this server; may be given several times."),
]
BrowserOption = Annotated[bool, typer.Option(help="Open the page in a browser.")]


def start(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
    allow_host: AllowOption = None,
    browser: BrowserOption = True,
) -> None:
    """Open the demo and dashboard in the browser.

    Example: khid-eval app --port 8501
    """
    from khid_eval.ui import site

    names = dict.fromkeys([*_LOCAL_NAMES, *(allow_host or []), *([] if host in _EVERYWHERE else [host])])
    arguments = [
        f"--server.address={host}",
        f"--server.port={port}",
        f"--server.headless={str(not browser).lower()}",
        "--server.showEmailPrompt=false",
        *(f"--server.allowedHosts={name}" for name in names),
    ]
    # A process of its own in place of this one: signals and the exit code are Streamlit's.
    script = str(site.home() / "app.py")
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", script, *arguments])


__all__ = ["start"]
