"""
House prices
============

A network of one hidden layer, and its learning curves.
"""

# %%
# The data: districts of California, and the median price of a house in each.

import hornet as keras

(X, y), (X_test, y_test) = keras.datasets.california_housing.load_data()
scaler = keras.layers.Normalization()
scaler.adapt(X)

# %%
# The model, and its training.

model = keras.Sequential([scaler, keras.layers.Dense(30, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(X, y, epochs=10, validation_split=0.2, verbose=0)

# %%
# How the loss fell:

import matplotlib.pyplot as plt

plt.plot(history.history["loss"], label="training")
plt.plot(history.history["val_loss"], label="validation")
plt.xlabel("epoch")
plt.ylabel("mean squared error")
plt.legend()
plt.show()
