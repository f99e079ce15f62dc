"""The commands that give a model to other programs: `export` and `serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from hornet_cli.commands import Found
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
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help=".keras files, each under its own name.")],
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=0, max=65535)] = 8000,
) -> None:
    """Answer requests for predictions over HTTP.

    Calls hornet.serve.

    Example: hornet serve houses.keras --port 8000
    """
    paths = [existing(name) for name in models]
    import hornet

    hornet.serve(*map(str, paths), host=host, port=port)
