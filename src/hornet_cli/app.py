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

_EXIT_CODES = "\b\n" + "\n".join(  # a mark after which lines stay as they are
    ["Exit codes:", "    0  done", *(f"  {code.value:3}  {meaning}" for code, meaning in MEANINGS.items())]
)

app = typer.Typer(
    name="hornet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes take half of the time of help, and are no single lines
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=_EXIT_CODES,
)

for command in (fit, tune, predict, evaluate, report, summary, plot, export, serve, info):
    app.command(cls=Command)(command)


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
