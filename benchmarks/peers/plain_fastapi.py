"""The model of serving.py behind a plain FastAPI application, as tutorials write it: ONNX Runtime or Keras on JAX.

Usage: plain_fastapi.py onnx|keras MODEL PORT
"""

import os
import sys
import threading

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

kind, path, port = sys.argv[1:]
NAMES = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]


class Row(BaseModel):
    """A row of California housing."""

    MedInc: float = Field(allow_inf_nan=False)
    HouseAge: float = Field(allow_inf_nan=False)
    AveRooms: float = Field(allow_inf_nan=False)
    AveBedrms: float = Field(allow_inf_nan=False)
    Population: float = Field(allow_inf_nan=False)
    AveOccup: float = Field(allow_inf_nan=False)
    Latitude: float = Field(allow_inf_nan=False)
    Longitude: float = Field(allow_inf_nan=False)


class Predictions(BaseModel):
    """The answer."""

    predictions: list[float]


if kind == "onnx":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the better setting for so small a model
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name

    def compute(x):
        """Return predictions."""
        return session.run(None, {given: x})[0]
else:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    model = keras.models.load_model(path, compile=False)
    lock = threading.Lock()  # without it, `predict` of two threads fails

    def compute(x):
        """Return predictions."""
        with lock:
            return model.predict(x, verbose=0)


app = FastAPI()


@app.post("/predict")
def predict(rows: list[Row]) -> Predictions:
    """Answer a request."""
    x = np.array([[getattr(row, name) for name in NAMES] for row in rows], "float32")
    return Predictions(predictions=compute(x)[:, 0].tolist())


compute(np.zeros((1, 8), "float32"))
uvicorn.run(app, port=int(port), log_level="warning", access_log=False)
