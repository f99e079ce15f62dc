"""Data larger than memory: Parquet
================================

Rows in files are read as they are needed, while the rows before them are trained on. The model is
the one that memory would give.
"""

# %%
# A folder of files
# -----------------
#
# A month of taxi rides a file. These are small, so that this page is made in seconds; a folder of 100
# GB is read in the same way, and takes a few hundred megabytes of memory.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import hornet as keras
from hornet import data, layers

rng = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp())


def rides(count):
    """Return columns of rides: the fare is what they have in common, with noise."""
    hour, kilometres = rng.integers(0, 24, count), rng.gamma(2, 3, count)
    slow = 1 + 0.8 * np.exp(-((hour - 8) ** 2) / 4) + 0.9 * np.exp(-((hour - 17) ** 2) / 6)
    minutes = 3 * kilometres * slow * rng.lognormal(0, 0.1, count)
    fare = 3 + 1.4 * kilometres + 0.35 * minutes + rng.normal(0, 1, count)
    columns = {"hour": hour.astype("float32"), "kilometres": kilometres, "day": rng.integers(0, 7, count), "fare": fare}
    return {name: np.asarray(values, "float32") for name, values in columns.items()}


for month in range(1, 7):
    pq.write_table(pa.table(rides(20_000)), folder / f"2026-{month:02}.parquet", row_group_size=5_000)
print({path.name: f"{path.stat().st_size / 1e6:.1f} MB" for path in sorted(folder.iterdir())})

# %%
# Train on the folder
# -------------------
#
# `data.parquet` names the files and the target; nothing is read yet. A layer that adapts reads them
# once, without keeping rows.

train = data.parquet(sorted(folder.iterdir())[:5], target="fare")
test = data.parquet(folder / "2026-06.parquet", target="fare")
scale = layers.Normalization()
scale.adapt(train)

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((3,)),
        scale,
        layers.Dense(32, activation="silu"),
        layers.Dense(32, activation="silu"),
        layers.Dense(1),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "mae")
history = model.fit(train, epochs=8, batch_size=256, validation_data=test, verbose=0)
print("mean error of the last month:", round(model.evaluate(test, verbose=0), 2), "dollars")

# %%
# What it learnt
# --------------
#
# A ride of 8 kilometres costs more where streets are full. That was nowhere said: the network found
# it in the hours.

hours = np.arange(24, dtype="float32")
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
left.plot(range(1, 9), history.history["loss"], "o-", label="training")
left.plot(range(1, 9), history.history["val_loss"], "o--", label="last month")
left.set(xlabel="epoch", ylabel="mean error (dollars)", xticks=range(1, 9))
left.legend()
for kilometres in (4, 8, 12):
    grid = np.stack([hours, np.full(24, kilometres), np.full(24, 2)], axis=1)
    right.plot(hours, model.predict(grid, verbose=0)[:, 0], label=f"{kilometres} km")
right.set(xlabel="hour", ylabel="fare (dollars)", title="Said by the model", xticks=range(0, 25, 6))
right.legend()
plt.show()

# %%
# The same for other sources
# --------------------------
#
# `data.csv` reads CSV files. Memory maps and HDF5 data sets go into `fit` as they are, and so do
# generators, PyTorch's loaders and datasets of `tf.data`: see the guide on handing over data.

rows = next(iter(train))
print([part.shape for part in rows])
