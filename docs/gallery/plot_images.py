"""Images: digits, with augmentation
=================================

A small convolutional network learns handwritten digits, from few images and from those that change
in training.
"""

# %%
# The images
# ----------
#
# 1,797 digits of 8 by 8 pixels come with scikit-learn. Only 200 are for training: few images are
# where augmentation helps.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

import hornet as keras
from hornet import layers

digits = load_digits()
images = (digits.images / 16).astype("float32")[..., np.newaxis]
x, x_test, y, y_test = train_test_split(images, digits.target, train_size=200, stratify=digits.target, random_state=0)

# %%
# Augmentation
# ------------
#
# A layer moves images at random by up to a pixel. It works in training alone, inside the compiled
# program, and each image gets a draw of its own. There are layers for rotations, zooms, brightness
# and more: try which fit what your images may look like.

keras.utils.set_random_seed(0)
augmentation = layers.RandomTranslation(0.12, 0.12, fill_mode="constant")
figure, panels = plt.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
for row, pictures in zip(panels, (x[:8], augmentation(x[:8]), augmentation(x[:8])), strict=True):
    for panel, picture in zip(row, np.asarray(pictures), strict=True):
        panel.imshow(picture[..., 0], cmap="gray_r", vmin=0, vmax=1)
        panel.set_axis_off()
figure.suptitle("Above as they are, below as training sees them")
plt.show()

# %%
# Two models, one with and one without


def build(first):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            *first,
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


models, histories = {}, {}
for name, first in (("plain", []), ("augmented", [augmentation])):
    keras.utils.set_random_seed(1)
    models[name] = build(first)
    some = x_test[:300], y_test[:300]
    histories[name] = models[name].fit(x, y, epochs=80, validation_data=some, verbose=0).history

# %%
# What augmentation does
# ----------------------
#
# The plain model soon knows its 200 images by heart. The other one goes on learning.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for place, (name, history) in enumerate(histories.items()):
    epochs = range(1, len(history["loss"]) + 1)
    left.plot(epochs, history["loss"], color=f"C{place}", label=f"{name}, training")
    left.plot(epochs, history["val_loss"], "--", color=f"C{place}", label=f"{name}, new images")
    right.plot(epochs, history["val_accuracy"], "--", color=f"C{place}", label=name)
left.set(xlabel="epoch", ylabel="cross-entropy", yscale="log")
right.set(xlabel="epoch", ylabel="accuracy on new images", ylim=(0.85, 1))
left.legend()
right.legend()
plt.show()

# %%
# Where it errs

probabilities = models["augmented"].predict(x_test, verbose=0)
classes = probabilities.argmax(axis=1)
wrong = np.flatnonzero(classes != y_test)
wrong = wrong[np.argsort(-probabilities[wrong, classes[wrong]])][:8]

figure = plt.figure(figsize=(11, 5), layout="constrained")
left, right = figure.subfigures(1, 2)
ConfusionMatrixDisplay.from_predictions(y_test, classes, ax=left.subplots(), colorbar=False, cmap="Blues")
right.suptitle("The surest mistakes")
for panel, number in zip(right.subplots(2, 4).flat, wrong, strict=False):
    panel.imshow(x_test[number, ..., 0], cmap="gray_r")
    panel.set(title=f"{y_test[number]}, said {classes[number]}", xticks=[], yticks=[])
plt.show()
print("accuracy:", {name: round(model.evaluate(x_test, y_test, verbose=0)[1], 4) for name, model in models.items()})
