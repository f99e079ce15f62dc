"""The callback that writes metrics as lines of JSON."""

from __future__ import annotations

import datetime
import json
import math
import os
from typing import Any

import numpy as np

from hornet.callbacks.callback import Logs
from hornet.callbacks.line_logger import LineLogger


class JSONLogger(LineLogger):
    r"""Writes the metrics of each epoch as a line of a JSON Lines file.

    A line is an object: `"epoch"`, counted from 0, `"time"`, when it ended (ISO 8601, UTC), and each metric by its
    name, a number or a list of numbers. JSON has no NaN and no infinity: such a number is `null`, which readers take
    for a gap. An epoch without validation has no `"val_..."`.

    Each line is on the disk when its epoch is over. A run that goes on in another process goes on in the file as well.
    Where the disk is full, the lines that are whole stay, and training goes on with a warning.

    Args:
        filename: The file. Where several models are trained, as in a search, `{run}` in it stands for which this is,
            such as `candidate_3_fold_0` or `model_2`; otherwise for `fit`.
        append: Whether to go on in a file that exists, instead of writing a new one.

    Raises:
        ValueError: In a search or a population, if there is no `{run}` in `filename`: all models would write one file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "log.jsonl"
        >>> logger = JSONLogger(path)
        >>> logger.on_train_begin()
        >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": float("nan")})
        >>> logger.on_train_end()
        >>> path.read_text()
        '{"epoch": 0, "time": "...", "loss": 0.5, "val_loss": null}\n'
    """

    _named = "log.jsonl"

    def __init__(self, filename: str | os.PathLike[str], append: bool = False) -> None:
        super().__init__(filename, append)

    def line(self, epoch: int, logs: Logs) -> str:
        time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        values = {name: _plain(np.asarray(value).tolist()) for name, value in logs.items()}
        return json.dumps({"epoch": epoch, "time": time, **values}, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int | str | None) else str(value)
