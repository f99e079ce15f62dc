"""Hornet and Keras: one code, two imports."""

from importlib import import_module

import data

BATCH = 32


def housing(api, steps_per_execution=None, predict_method=None, hook=False):
    """8-30-1 regression; see `job.py` for what is returned."""
    keras = import_module(api)
    training, validation = data.housing()
    model = keras.Sequential(
        [
            keras.Input(shape=(8,)),
            keras.layers.Dense(30, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=_sgd(keras), **_execution(steps_per_execution, training))
    if hook:
        return _trainer(model, training, None, [_counter(keras)]), None
    return _trainer(model, training, validation), _predictor(model, predict_method)


def fashion(api, steps_per_execution=None):
    """784-300-100-10 classification."""
    keras = import_module(api)
    training, validation = data.fashion()
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=_sgd(keras),
        metrics=["accuracy"],
        **_execution(steps_per_execution, training),
    )
    return _trainer(model, training, validation), None


def _sgd(keras):
    return keras.optimizers.SGD(learning_rate=0.01)


def _execution(steps, training):
    """Arguments for `compile`; "epoch" stands for as many steps as an epoch has."""
    if steps == "epoch":
        steps = -(-len(training[0]) // BATCH)
    return {"steps_per_execution": steps} if steps else {}


def _trainer(model, training, validation, callbacks=None):
    def train(epochs):
        history = model.fit(
            *training, batch_size=BATCH, epochs=epochs, validation_data=validation, callbacks=callbacks, verbose=0
        )
        return history.history["val_loss" if validation else "loss"][-1]

    return train


def _predictor(model, method):
    if method == "predict_on_batch":
        return model.predict_on_batch
    return lambda rows: model.predict(rows, verbose=0)


def _counter(keras):
    class Counter(keras.callbacks.Callback):
        count = 0

        def on_train_batch_end(self, batch, logs=None):
            self.count += 1

    return Counter()
