"""The commands that give a model to other programs: `export` and `serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hornet_cli.commands import Found
from hornet_cli.failures import ExitCode, Failure
from hornet_cli.files import existing, file_to_write
from hornet_cli.models import opened_model
from hornet_cli.options import ModelArgument


def export(
    model: ModelArgument,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file: .onnx or .stablehlo.", show_default=False)
    ],
) -> Found:
    """Write a model for programs without this package.

    Calls export of hornet.models.load_model.

    Example: hornet export houses.keras -o houses.onnx
    """
    file = file_to_write(output, ".onnx", ".stablehlo")
    opened_model(model).export(file)
    return Found({"file": str(file)}, as_json=False)


def serve(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help=".keras files, each under its own name, or as NAME=FILE.")
    ],
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=0, max=65535)] = 8000,
) -> None:
    """Answer requests for predictions over HTTP.

    Calls hornet.serve.

    Example: hornet serve houses.keras --port 8000
    """
    named = [_named(given) for given in models]
    seen: set[str] = set()
    for name, _ in named:
        if name in seen:
            raise Failure(ExitCode.REFUSED, f"Two models are called {name!r}. Name one of them: NAME=FILE.")
        seen.add(name)
    import hornet

    hornet.serve(*(source for _, source in named), host=host, port=port)


def _named(given: str) -> tuple[str, str | dict[str, str]]:
    """Return the name of a model, and what `hornet.serve` takes for it, of `NAME=FILE` or of a file."""
    name, sign, file = given.partition("=")
    if not sign or Path(given).exists():
        return Path(given).stem, str(existing(given))
    return name, {name: str(existing(file))}
