"""The commands that show: `summary`, `plot` and `info`."""

from __future__ import annotations

import io
import os
import platform
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from hornet_cli.commands import Found
from hornet_cli.files import file_to_write
from hornet_cli.models import opened_model
from hornet_cli.options import AsJson, ModelArgument

_LIBRARIES = (
    *("jax", "jaxlib", "numpy", "h5py", "scikit-learn", "pyarrow", "pandas", "matplotlib", "onnx", "optuna"),
    *("tensorboard", "fastapi", "uvicorn", "typer", "keras"),
)


def summary(model: ModelArgument, as_json: AsJson = False) -> Found | bytes:
    """Print the layers of a model.

    Calls summary of hornet.models.load_model.
    """
    loaded: Any = opened_model(model)
    if as_json:
        layers = [
            {"name": layer.name, "class": type(layer).__name__, "parameters": layer.count_params()}
            for layer in loaded.layers
        ]
        return Found({"name": loaded.name, "parameters": loaded.count_params(), "layers": layers}, as_json)
    text = io.StringIO()
    with redirect_stdout(text):
        loaded.summary()
    return text.getvalue().encode()


def plot(
    model: ModelArgument,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The picture: .png, .svg or .pdf.")
    ] = "model.png",
    nested: Annotated[
        bool, typer.Option("--nested", help="Draw the layers of models inside.", show_default=False)
    ] = False,
) -> Found:
    """Draw the graph of a model.

    Calls hornet.utils.plot_model.
    """
    from hornet import utils

    file = file_to_write(output, ".png", ".svg", ".pdf")
    utils.plot_model(opened_model(model), file, show_shapes=True, expand_nested=nested)
    return Found({"picture": str(file)}, as_json=False)


def info(as_json: AsJson = False) -> Found:
    """Print versions, devices and the cache, for bug reports.

    Calls hornet.version and jax.devices.
    """
    import jax

    import hornet

    settings: Any = jax.config
    folder = settings.jax_compilation_cache_dir
    kept = [path.stat().st_size for path in Path(folder).glob("*-cache")] if folder else []
    return Found(
        {
            "hornet": hornet.version(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "devices": [str(device) for device in jax.devices()],
            "libraries": {name: version for name in _LIBRARIES if (version := _version_of(name)) is not None},
            "compile cache": {"folder": folder or "off", "programs": len(kept), "megabytes": round(sum(kept) / 1e6, 1)},
            "settings": {
                name: os.environ[name] for name in sorted(os.environ) if name.startswith(("HORNET_", "JAX_", "XLA_"))
            },
            "executable": sys.executable,
        },
        as_json,
    )


def _version_of(library: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
