"""scikit-learn's multi-layer perceptrons, one `partial_fit` an epoch so that validation can follow."""

import data
import numpy as np
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

PLAIN_SGD = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "batch_size": 32}


def housing():
    """8-30-1 regression; see `job.py` for what is returned."""
    (x, y), (x_validation, y_validation) = data.housing()
    # Twice the rate: scikit-learn's loss is half the mean squared error.
    model = MLPRegressor(hidden_layer_sizes=(30,), learning_rate_init=0.02, **PLAIN_SGD)

    def train(epochs):
        for _ in range(epochs):
            model.partial_fit(x, y.ravel())
            loss = mean_squared_error(y_validation, model.predict(x_validation))
        return float(loss)

    return train, model.predict


def fashion():
    """784-300-100-10 classification; scikit-learn counts no accuracy while it trains."""
    (x, y), (x_validation, y_validation) = data.fashion()
    x, x_validation = (images.reshape(len(images), -1) for images in (x, x_validation))
    model = MLPClassifier(hidden_layer_sizes=(300, 100), learning_rate_init=0.01, **PLAIN_SGD)

    def train(epochs):
        for _ in range(epochs):
            model.partial_fit(x, y, classes=np.arange(10))
            probabilities = model.predict_proba(x_validation)
            (probabilities.argmax(axis=1) == y_validation).mean()
            loss = log_loss(y_validation, probabilities)
        return float(loss)

    return train, None
