"""Models as MLflow's: a `.keras` file, loaded without unpickling, with a signature of its inputs and outputs."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hornet.core.imports import optional_module
from hornet.core.package import PACKAGE
from hornet.core.strings import STRING
from hornet.saving.export import declared_inputs, names_of_inputs
from hornet.saving.models import load_model


class ServedModel:
    """What MLflow calls for predictions.

    Args:
        model: The model.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def predict(self, data: Any, params: Any = None) -> Any:
        """Return predictions for an array, a frame or a dict of arrays; those of several outputs by their names."""
        found = self.model.predict(data, verbose=0)
        return dict(zip(self.model.output_names, found, strict=True)) if isinstance(found, list | tuple) else found


def _load_pyfunc(path: str) -> ServedModel:  # whose name MLflow gives
    return ServedModel(load_model(path))


def signature_of(model: Any) -> Any:
    """Return MLflow's signature of a built model.

    Inputs that are columns of a table, a number or a text a row, are declared as columns; others as tensors. Columns of
    numbers are of any kind: MLflow refuses whole numbers where it was told of others, and others where of whole ones,
    and a frame as `read_csv` makes it has whichever the rows happen to be.

    Raises:
        ImportError: If MLflow is not installed.
    """
    types = optional_module("mlflow.types", "mlflow")
    signature = optional_module("mlflow.models", "mlflow").ModelSignature
    declared = declared_inputs(model)
    names, tensors = names_of_inputs(model, declared), jax.tree.leaves(declared)
    if len(tensors) > 1 and all(tuple(tensor.shape[1:]) in ((), (1,)) for tensor in tensors):
        number = optional_module("mlflow.types.schema", "mlflow").AnyType()
        kinds = ("string" if tensor.dtype == STRING else number for tensor in tensors)
        inputs = [types.ColSpec(kind, name) for kind, name in zip(kinds, names, strict=True)]
    else:
        inputs = _tensor_specs(types, names, tensors)
    outputs = getattr(model, "outputs", None)
    described = outputs and types.Schema(_tensor_specs(types, model.output_names, outputs))
    return signature(inputs=types.Schema(inputs), outputs=described or None)


def log_to_run(model: Any, run_id: str, name: str, registered_model_name: str | None = None) -> Any:
    """Write a model into a run of MLflow's, and register it under a name if there is one.

    Args:
        model: A built model.
        run_id: The run.
        name: The model's name in the run.
        registered_model_name: Its name in the registry, whose next version it becomes.

    Returns:
        MLflow's `ModelInfo`, whose `model_uri` loads it.
    """
    mlflow = optional_module("mlflow", "mlflow")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Words of MLflow's on its own classes, and on examples, which a signature of the model's own needs not.
        warnings.filterwarnings("ignore", ".*(Any type hint is inferred|An input example was not provided)")
        path = Path(folder) / "model.keras"
        model.save(os.fspath(path))
        return mlflow.models.Model.log(
            artifact_path=None,  # the old name of the next
            name=name,
            flavor=optional_module("mlflow.pyfunc", "mlflow"),
            run_id=run_id,
            registered_model_name=registered_model_name,
            loader_module=__name__,
            data_path=os.fspath(path),
            signature=signature_of(model),
            pip_requirements=[f"hornet-nn=={sys.modules[PACKAGE].__version__}"],
        )


def _tensor_specs(types: Any, names: list[str], tensors: list[Any]) -> list[Any]:
    given = names if len(tensors) > 1 else [None]
    return [
        types.TensorSpec(
            np.dtype("O" if tensor.dtype == STRING else str(tensor.dtype)),
            tuple(-1 if length is None else length for length in tensor.shape),
            name,
        )
        for name, tensor in zip(given, tensors, strict=True)
    ]
