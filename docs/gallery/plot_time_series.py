"""Time series: forecasts from windows
===================================

The next day of an hourly series from the three days before it, by a dense, a convolutional and a
recurrent network, beside a naive forecast.
"""

# %%
# The series
# ----------
#
# A year of hours: how many bicycles are out. There are days, weeks, seasons, and weather that lasts.

import matplotlib.pyplot as plt
import numpy as np

import hornet as keras
from hornet import layers, utils

rng = np.random.default_rng(0)
hours = np.arange(365 * 24)
day, week, year = hours % 24, hours // 24 % 7, hours / (365 * 24)
rush = np.exp(-((day - 8) ** 2) / 4) + np.exp(-((day - 17.5) ** 2) / 6)
leisure = np.exp(-((day - 14) ** 2) / 18)
weather = np.zeros(len(hours))
for hour in range(1, len(hours)):
    weather[hour] = 0.98 * weather[hour - 1] + rng.normal(0, 0.06)
bicycles = np.where(week < 5, rush, leisure) * (1 + 0.5 * np.sin(2 * np.pi * (year - 0.25))) * np.exp(weather)
bicycles = (100 * bicycles + rng.gamma(2, 3, len(hours))).astype("float32")

figure, axes = plt.subplots(figsize=(11, 3), layout="constrained")
axes.plot(hours[4000:4336] / 24, bicycles[4000:4336])
axes.set(xlabel="day", ylabel="bicycles", title="Two weeks")
plt.show()

# %%
# Windows
# -------
#
# Each row holds 72 hours of three features, and the 24 hours behind them as labels. The last two
# months are for the test: shuffling first would put hours of one day on both sides.

scale = bicycles[: 300 * 24].std()
features = np.stack([bicycles / scale, np.sin(2 * np.pi * day / 24), week >= 5], axis=1).astype("float32")
length, ahead = 72, 24


def windows(begin, end, shuffle):
    targets = np.lib.stride_tricks.sliding_window_view(features[begin + length : end, 0], ahead)
    rows = features[begin : begin + length + len(targets) - 1]
    return utils.timeseries_dataset_from_array(
        rows, targets, sequence_length=length, batch_size=128, shuffle=shuffle, seed=0, sampling_rate=1
    )


train = windows(0, 270 * 24, True)
validation = windows(270 * 24, 305 * 24, False)
test = windows(305 * 24, 365 * 24, False)
x_test, y_test = (np.concatenate(arrays) for arrays in zip(*test, strict=True))
print("windows of the test:", x_test.shape, y_test.shape)

# %%
# Three networks

networks = {
    "dense": [layers.Flatten(), layers.Dense(64, activation="relu")],
    "convolution": [
        layers.Conv1D(16, 5, strides=2, activation="relu"),
        layers.Conv1D(16, 5, strides=2, activation="relu"),
        layers.Flatten(),
    ],
    "GRU": [layers.GRU(24)],
}
errors, forecasts, curves = {"as a week ago": np.nan}, {}, {}
for name, hidden in networks.items():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((length, 3)), *hidden, layers.Dense(ahead)])
    model.compile(keras.optimizers.Adam(0.003), "mae")
    history = model.fit(train, validation_data=validation, epochs=5, verbose=0)
    forecasts[name] = model.predict(x_test, verbose=0) * scale
    errors[name] = np.abs(forecasts[name] - y_test * scale).mean()
    curves[name] = history.history["val_loss"]

# The naive forecast is the same day a week before.
first = 305 * 24 + length
naive = np.stack([bicycles[first + row - 168 : first + row - 168 + ahead] for row in range(len(y_test))])
errors["as a week ago"] = np.abs(naive - y_test * scale).mean()
print(errors)

# %%
# How well they do

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
for name, curve in curves.items():
    left.plot(range(1, len(curve) + 1), np.array(curve) * scale, marker=".", label=name)
left.set(xlabel="epoch", ylabel="mean error, validation", title="Learning")
left.legend()
right.barh(list(errors), list(errors.values()), color=["grey", "C0", "C1", "C2"])
right.set(xlabel="mean error (bicycles), two new months", title="Forecasts of 24 hours")
plt.show()

# %%
# Forecasts, a day each

figure, panels = plt.subplots(1, 3, figsize=(13, 3.4), sharey=True, layout="constrained")
for panel, row in zip(panels, (0, 24 * 9, 24 * 30), strict=True):
    panel.plot(range(-48, 0), x_test[row, -48:, 0] * scale, color="black")
    panel.plot(range(ahead), y_test[row] * scale, color="black", linestyle=":", label="what came")
    for name in forecasts:
        panel.plot(range(ahead), forecasts[name][row], label=name)
    panel.set(xlabel="hours from now")
panels[0].set(ylabel="bicycles")
panels[0].legend(fontsize="small")
plt.show()
