"""The command, run in this process."""

import shlex
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv
from typer.testing import CliRunner

from hornet_cli.app import app


class Run(NamedTuple):
    """How a command ended."""

    code: int
    out: bytes
    err: str


def run(line, stdin=None):
    """Run the command with the arguments of a line; a fault is raised."""
    result = CliRunner().invoke(app, shlex.split(line), input=stdin, prog_name="hornet")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout_bytes, result.stderr)


def columns_in(content):
    """Return the columns of a CSV as lists."""
    return pyarrow.csv.read_csv(pa.BufferReader(content)).to_pydict()
