"""The command line: its commands, and what help says of them."""

from __future__ import annotations

from typing import Annotated

import typer

from hornet_cli.applying import evaluate, predict, report
from hornet_cli.commands import Command
from hornet_cli.failures import MEANINGS
from hornet_cli.handing_over import export, serve
from hornet_cli.looking import info, plot, summary
from hornet_cli.training import fit, tune

_EXIT_CODES = "Exit codes: 0 done; " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="hornet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=_EXIT_CODES,
)

for panel, commands in {
    "Train": (fit, tune),
    "Use": (predict, evaluate, serve, export),
    "Look": (report, summary, plot, info),
}.items():
    for command in commands:
        app.command(cls=Command, rich_help_panel=panel)(command)


def _say_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(version("hornet-nn"))
        raise typer.Exit


@app.callback()
def hornet(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.", show_default=False),
    ] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show Python's traceback of every error.", show_default=False)
    ] = False,
) -> None:
    """Neural networks for tables and other data: from a CSV to a served model.

    Results go to the standard output, progress and errors to the standard error.
    """
