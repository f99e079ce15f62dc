"""What loggers add to `fit`: CPU seconds of the same training with each of them and with none, in turns.

python benchmarks/loggers.py
"""

import statistics
import tempfile
import time
from pathlib import Path

import mlflow
import numpy as np

import hornet
from hornet import callbacks, layers

ROUNDS, EPOCHS = 7, 200
ROWS = np.random.default_rng(0).normal(size=(1000, 8)).astype("float32")


def seconds(*followers) -> float:
    """Return the CPU seconds of one training of a small network, its program being compiled."""
    model = hornet.Sequential([layers.Dense(30, "relu", input_shape=(8,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    begun = time.process_time()
    model.fit(ROWS, ROWS[:, 0], epochs=EPOCHS, verbose=0, callbacks=list(followers))
    return time.process_time() - begun


def main() -> None:
    """Print the median and the spread of each logger's time over that of none, in the same round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/runs.db")
        makers = {
            "CSVLogger": lambda: callbacks.CSVLogger(folder / "log.csv"),
            "JSONLogger": lambda: callbacks.JSONLogger(folder / "log.jsonl"),
            "TensorBoard": lambda: callbacks.TensorBoard(folder / "logs", write_graph=False),
            "MLflow(log_model=False)": lambda: callbacks.MLflow(log_model=False),
        }
        for make in makers.values():  # imports, and tables of the database
            seconds(make())
        ratios = {maker: [] for maker in makers}
        for _ in range(ROUNDS):
            alone = seconds()
            for maker, make in makers.items():
                ratios[maker].append((seconds(make()) - alone) / EPOCHS * 1e3)
    print(f"milliseconds of CPU that a logger adds to an epoch: median of {ROUNDS}, smallest and largest")
    for maker, found in ratios.items():
        print(f"{maker:25} {statistics.median(found):6.3f}  ({min(found):.3f} to {max(found):.3f})")


if __name__ == "__main__":
    main()
