"""What all commands have in common: where they write, and how they end."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand

from hornet_cli.failures import ExitCode, failure_of


@dataclass(frozen=True)
class Found:
    """What a command found, to be written to the standard output.

    Args:
        values: Names and values; a `None` is left out where people read.
        as_json: Whether a program reads.
        is_interrupted: Whether the user ended the command early, so that it ends with the code of that.
    """

    values: Mapping[str, Any]
    as_json: bool
    is_interrupted: bool = False

    def __bytes__(self) -> bytes:
        if self.as_json:
            return (json.dumps(self.values, default=str) + "\n").encode()
        return "".join(_lines(self.values)).encode()


class Command(TyperCommand):
    """A command that returns what it found, as an object with bytes.

    Whatever is printed meanwhile is progress, and goes to the standard error. An error is one sentence there.
    """

    def invoke(self, ctx: Any) -> None:
        """Run the command, write what it found, and turn errors into exit codes."""
        try:
            with _said_on_standard_error():
                found = super().invoke(ctx)
            if found is not None:
                _write(bytes(found))
            if getattr(found, "is_interrupted", False):
                raise typer.Exit(ExitCode.INTERRUPTED)
        except KeyboardInterrupt:
            typer.echo("\nhornet: interrupted.", err=True)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            raise typer.Exit(ExitCode.PIPE) from None
        except Exception as error:
            failure = None if isinstance(error, typer.Exit | typer.Abort) else failure_of(error)
            if failure is None or ctx.find_root().params.get("traceback"):
                raise
            typer.echo(f"hornet {self.name}: {failure}", err=True)
            raise typer.Exit(failure.code) from None


def say(note: str) -> None:
    """Tell the user something that is no result."""
    typer.echo(f"Note: {note}", err=True)


@contextmanager
def _said_on_standard_error() -> Iterator[None]:
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = lambda message, *_: say(str(message))
        yield


def _write(content: bytes) -> None:
    stream, rest = sys.stdout.buffer, memoryview(content)
    try:
        while rest:  # where Python does not buffer, a pipe takes a part at a time
            rest = rest[stream.write(rest) :]
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would flush once more as it ends
        raise


def _lines(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Yield lines of names and values, in two columns."""
    shown = {name: value for name, value in values.items() if value is not None}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}\n"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name:{width}}  {_shown(value)}\n"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
