"""From the words of a command line to a target and its credentials; shared by the commands that read cards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from khid_eval.readers import Credentials, Target

TargetOption = Annotated[
    str,
    typer.Option(
        "--target",
        "-t",
        metavar="embedded|tesseract|REGION|URL",
        envvar="KHID_TARGET",
        help="What reads the cards: the engine in this program, stock Tesseract as a baseline, the vendor's cloud in a "
        "region, or any endpoint.",
    ),
]
ProjectOption = Annotated[
    str, typer.Option("--project-id", envvar="KHID_PROJECT_ID", help="Project ID in the path of an endpoint's calls.")
]
EnterpriseOption = Annotated[
    str,
    typer.Option(
        "--enterprise-project-id",
        envvar="KHID_ENTERPRISE_PROJECT_ID",
        help="Enterprise project that calls are billed to.",
    ),
]
AskTokenOption = Annotated[
    bool, typer.Option("--ask-token", help="Ask for the X-Auth-Token; what you type is not shown.")
]


def credentials_for(target: Target, *, ask_token: bool = False) -> Credentials:
    """Those of the environment; a typed token where that was asked for, or where the vendor's cloud needs it and a
    person sits at the terminal. Secrets are never taken from an argument: those end in shell histories.
    """
    from dataclasses import replace

    from khid_eval.readers import Credentials

    found = Credentials.from_environment()
    needed = bool(target.region) and not found and sys.stdin.isatty()
    if ask_token or needed:
        return replace(found, token=typer.prompt("X-Auth-Token", hide_input=True, err=True))
    return found


__all__ = ["AskTokenOption", "EnterpriseOption", "ProjectOption", "TargetOption", "credentials_for"]
