"""From tuning to an ensemble
==========================

A search for layers and rates, pictures of what it found, and one model of the best candidates,
which runs anywhere.
"""

# %%
# The data

import matplotlib.pyplot as plt
import numpy as np

import hornet as keras
from hornet import layers
from hornet.tuning import tune

(x, y), (x_test, y_test) = keras.datasets.california_housing.load_data()
chosen = np.random.default_rng(0).permutation(len(x))[:2000]
x, y = x[chosen], y[chosen]
scale = layers.QuantileNormalization()
scale.adapt(x)

# %%
# What to search
# --------------
#
# A function builds a model, and asks for each hyperparameter. All candidates of a generation are
# trained together, in a few programs.


def build(hp):
    model = keras.Sequential([keras.Input((8,)), scale])
    for _ in range(hp.Int("layers", 1, 3)):
        model.add(layers.Dense(hp.Int("units", 16, 64, step=16), activation=hp.Choice("activation", ["relu", "silu"])))
    model.add(layers.Dense(1))
    rate = hp.Float("learning_rate", 3e-4, 3e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"])
    return model


tuner = tune(build, x, y, trials=12, epochs=12, batch_size=64, validation_split=0.25, seed=0)
print(tuner.best_params, round(tuner.best_value, 4))

# %%
# How the search went
# -------------------
#
# Each point is a candidate, the line the best so far.

axes = tuner.plot_history()
plt.show()

# %%
# What mattered: the objective over each hyperparameter.

axes = tuner.plot_slices()
plt.show()

# %%
# One model of the best five
# --------------------------
#
# Their mean predicts better than the best of them. It is a model as any other: one file, one ONNX
# graph.

sizes = range(1, 6)
errors = [tuner.ensemble(size).evaluate(x_test, y_test, verbose=0) for size in sizes]
errors = [float(np.ravel(error)[0]) for error in errors]
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(sizes, errors, "o-")
axes.set(xlabel="members of the ensemble", ylabel="test MSE", xticks=list(sizes), title="The mean of several networks")
plt.show()

ensemble = tuner.ensemble(5)
ensemble.save("ensemble.keras")
again = keras.models.load_model("ensemble.keras")
print(np.abs(again.predict(x_test, verbose=0) - ensemble.predict(x_test, verbose=0)).max())
