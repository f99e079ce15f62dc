"""Imbalanced classes: a threshold by its cost
===========================================

One payment in fifty is fraud. What class weights change, what they do not, and how a threshold
follows from what errors cost.
"""

# %%
# The data

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import ConfusionMatrixDisplay, PrecisionRecallDisplay
from sklearn.model_selection import train_test_split

import hornet as keras
from hornet import layers

x, y = make_classification(
    12000, 20, n_informative=8, n_clusters_per_class=3, weights=[0.98], class_sep=1.2, flip_y=0.003, random_state=0
)
x, x_test, y, y_test = train_test_split(x.astype("float32"), y, stratify=y, random_state=0)
share = y.mean()
print(f"{share:.1%} of {len(y)} payments are fraud; accuracy of a model that never says so: {1 - share:.1%}")

# %%
# Three ways to train
# -------------------
#
# The output begins at the log-odds of fraud in two of them. In the third one both classes weigh the
# same.


def build(log_odds):
    output = layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(log_odds))
    model = keras.Sequential([keras.Input((20,)), layers.Dense(32, activation="relu"), layers.Dropout(0.2), output])
    precision_recall = keras.metrics.AUC(curve="PR", name="average_precision")
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=[precision_recall])
    return model


odds = np.log(share / (1 - share))
balanced = {0: 0.5 / (1 - share), 1: 0.5 / share}
ways = {
    "as it comes": (0.0, None),
    "bias at the log-odds": (odds, None),
    "balanced weights": (0.0, balanced),
}
stop = keras.callbacks.EarlyStopping("val_average_precision", mode="max", patience=10, restore_best_weights=True)
histories, probabilities = {}, {}
for name, (log_odds, weights) in ways.items():
    keras.utils.set_random_seed(0)
    model = build(log_odds)
    fitted = model.fit(
        x, y, epochs=40, batch_size=64, validation_split=0.25, class_weight=weights, callbacks=[stop], verbose=0
    )
    histories[name] = fitted.history
    probabilities[name] = model.predict(x_test, verbose=0)[:, 0]

# %%
# What they find
# --------------
#
# The order in which they put payments is about the same: weights do not add knowledge. Their
# probabilities are not, as weights make the network believe that half of all payments are fraud.

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.3), layout="constrained")
for name, history in histories.items():
    left.plot(history["val_average_precision"], label=name)
left.set(xlabel="epoch", ylabel="average precision", title="Validation")
left.legend()
for name, values in probabilities.items():
    PrecisionRecallDisplay.from_predictions(y_test, values, ax=middle, name=name)
    CalibrationDisplay.from_predictions(y_test, values, n_bins=8, ax=right, name=name)
middle.set(title="New payments")
right.set(title="Is 0.8 four in five?")
plt.show()

# %%
# The threshold
# -------------
#
# Say a missed fraud costs 100 and a false alarm 5. The cheapest threshold is found on rows that were
# not trained on. With true probabilities theory says 5 / 105 = 0.048.


def cost(threshold, values):
    alarms = values >= threshold
    return 100 * np.sum(~alarms & (y_test == 1)) + 5 * np.sum(alarms & (y_test == 0))


thresholds = np.linspace(0.001, 0.999, 400)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.3), layout="constrained")
best = {}
for name, values in probabilities.items():
    costs = [cost(threshold, values) for threshold in thresholds]
    best[name] = thresholds[int(np.argmin(costs))]
    left.plot(thresholds, costs, label=f"{name}: {min(costs)} at {best[name]:.2f}")
left.axvline(0.5, color="grey", linewidth=1, linestyle=":")
left.set(xlabel="threshold", ylabel="cost of 3,000 payments", ylim=(0, None))
left.legend()
name = "bias at the log-odds"
alarms = probabilities[name] >= best[name]
ConfusionMatrixDisplay.from_predictions(y_test, alarms, ax=right, colorbar=False, display_labels=["fine", "fraud"])
right.set(title=f"At {best[name]:.2f}")
plt.show()
