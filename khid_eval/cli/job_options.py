"""What `khid-eval run` can be asked for, as options of the command line."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Executor(StrEnum):
    """Where photos are read."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


LabelledArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="Folder or URL with metadata.jsonl and photos.")
]
OutOption = Annotated[str, typer.Option("--out", "-o", metavar="RUN", help="The run's folder: path or fsspec URL.")]
ExecutorOption = Annotated[
    Executor | None, typer.Option(help="threads (for an endpoint), processes (for the embedded engine) or dask.")
]
WorkersOption = Annotated[int, typer.Option("--workers", "-w", min=0, help="Calls at a time; 0: 8, or one a core.")]
SchedulerOption = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786; else a local cluster.")
]
PerMinuteOption = Annotated[float, typer.Option(min=0.0, help="At most so many calls a minute; 0: no limit.")]
SweepOption = Annotated[
    str,
    typer.Option(
        metavar="CONDITIONS", help="Read each photo under rotation, rotation=5, rotation=near, dark,glare or all."
    ),
]
CardTypeOption = Annotated[bool, typer.Option("--idcard-type", help="Ask for the card type too.")]
TextLocationOption = Annotated[
    bool | None, typer.Option(help="Ask where each field is, for crops in the gallery. Default: only from the engine.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many photos.")]
PriceOption = Annotated[float, typer.Option(min=0.0, help="Price of one call, for the estimate.")]
TimeoutOption = Annotated[float, typer.Option(min=1.0, help="Seconds until a call counts as not answered.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder.")]
EstimateOption = Annotated[bool, typer.Option("--estimate", help="Only say what it would take; send nothing.")]
