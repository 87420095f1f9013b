"""khid-eval app: the browser interface."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

_TARGET_VARIABLE = "KHID_TARGET"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::")

HostOption = Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")]
PortOption = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
FirstTargetOption = Annotated[
    str, typer.Option("--target", help="Reader chosen at first: embedded, a region, or the address of an endpoint.")
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="Name by which browsers reach this server; may be given several times."),
]
BrowserOption = Annotated[bool, typer.Option(help="Open the page in a browser.")]


def start(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
    target: FirstTargetOption = "embedded",
    allow_host: AllowOption = None,
    browser: BrowserOption = True,
) -> None:
    """Open the demo and dashboard in the browser.

    Example: khid-eval app --port 8501
    """
    from khid_eval.readers import Target
    from khid_eval.ui import site

    Target.parse(target)  # a wrong one is said here, not on the page
    names = dict.fromkeys([*_LOCAL_NAMES, *(allow_host or []), *([] if host in _EVERYWHERE else [host])])
    arguments = [
        f"--server.address={host}",
        f"--server.port={port}",
        f"--server.headless={str(not browser).lower()}",
        "--server.showEmailPrompt=false",
        "--logger.hideWelcomeMessage=true",  # it recommends other products; ours is one line
        *(f"--server.allowedHosts={name}" for name in names),
    ]
    command = [sys.executable, "-m", "streamlit", "run", str(site.home() / "app.py"), *arguments]
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Starting at http://{shown}:{port}. Stop with Ctrl-C.", err=True)
    # A process of its own in place of this one: signals and the exit code are Streamlit's.
    os.execve(sys.executable, command, os.environ | {_TARGET_VARIABLE: target})


__all__ = ["start"]
