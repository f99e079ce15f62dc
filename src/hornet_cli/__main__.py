"""Runs the command: `hornet`, `python -m hornet_cli` or `python -m hornet`."""

import sys

from hornet_cli.failures import ExitCode


def main() -> None:
    """Run the command with the arguments of this process, and end it."""
    try:
        from hornet_cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "hornet_cli":
            raise
        _refuse(error)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    app(prog_name="hornet")


def _refuse(error: ModuleNotFoundError) -> None:
    """Say what installs a library that the command itself is made of."""
    from hornet.core.imports import optional_module

    try:
        optional_module(str(error.name), "cli")
    except ImportError as advice:
        print(f"hornet: {advice}", file=sys.stderr)
    sys.exit(ExitCode.LIBRARY)


if __name__ == "__main__":
    main()
