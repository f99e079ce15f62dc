"""Several outputs: one network, three answers
===========================================

From where a district lies and how its houses are, predict at once what they cost, what their owners
earn, and whether the price was cut off.
"""

# %%
# The data
# --------
#
# Prices above 500,000 $ were recorded as 500,001 $. To know which districts these are is a question
# of its own.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import RocCurveDisplay

import hornet as keras
from hornet import layers

(x, price), (x_test, price_test) = keras.datasets.california_housing.load_data()
rng = np.random.default_rng(0)
chosen = rng.permutation(len(x))[:6000]
x, price = x[chosen], price[chosen]


def parts(x, price):
    """Return two inputs and three outputs; the income, column 0, is no input here."""
    inputs = {"houses": x[:, 1:6], "place": x[:, 6:]}
    return inputs, {"price": price, "income": x[:, 0], "capped": (price > 4.999).astype("float32")}


inputs, outputs = parts(x, price)
test_inputs, test_outputs = parts(x_test, price_test)
print({name: values.shape for name, values in (inputs | outputs).items()})

# %%
# The model
# ---------
#
# Two inputs, hidden layers that all share, and a layer for each answer. Scales are layers too, so
# that raw rows go in.

keras.utils.set_random_seed(0)
houses, place = keras.Input((5,), name="houses"), keras.Input((2,), name="place")
scales = {name: layers.QuantileNormalization() for name in inputs}
for name, scale in scales.items():
    scale.adapt(inputs[name])
waves = layers.NumericEmbedding(frequencies=16, scale=2.0)(scales["place"](place))
hidden = layers.concatenate([scales["houses"](houses), waves])
for units in (64, 64):
    hidden = layers.Dense(units, activation="silu")(hidden)
answers = [
    layers.Dense(1, name="price")(hidden),
    layers.Dense(1, name="income")(hidden),
    layers.Dense(1, activation="sigmoid", name="capped")(hidden),
]
model = keras.Model([houses, place], answers)
model.compile(
    optimizer=keras.optimizers.Adam(0.003),
    loss={"price": "mae", "income": "mae", "capped": "binary_crossentropy"},
    loss_weights={"price": 1.0, "income": 0.5, "capped": 1.0},
    metrics={"capped": ["auc"]},
)
keras.utils.plot_model(model, "several_outputs.png", show_shapes=True, dpi=100)
figure, axes = plt.subplots(figsize=(8, 8), layout="constrained")
axes.imshow(plt.imread("several_outputs.png"))
axes.set_axis_off()
plt.show()

# %%
# Training

stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
history = model.fit(
    inputs, outputs, epochs=40, batch_size=64, validation_split=0.2, callbacks=[stop], verbose=0
).history
figure, panels = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
for panel, name in zip(panels, outputs, strict=True):
    panel.plot(history[f"{name}_loss"], label="training")
    panel.plot(history[f"val_{name}_loss"], "--", label="validation")
    panel.set(title=name, xlabel="epoch", ylabel="loss")
panels[0].legend()
plt.show()

# %%
# The answers, for districts that it has not seen

said = model.predict(test_inputs, verbose=0)
figure, panels = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for panel, name, values in zip(panels[:2], ("price", "income"), said, strict=False):
    panel.scatter(test_outputs[name], values, s=4, alpha=0.2)
    panel.axline((0, 0), slope=1, color="black", linewidth=1)
    panel.set(title=name, xlabel="measured", ylabel="predicted", xlim=(0, 10), ylim=(0, 10))
panels[0].set(xlim=(0, 5.5), ylim=(0, 5.5))
RocCurveDisplay.from_predictions(
    test_outputs["capped"], said[2][:, 0], ax=panels[2], name="capped", plot_chance_level=True
)
panels[2].set(title="capped")
plt.show()
