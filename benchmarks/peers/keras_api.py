"""Hornet and Keras: one code, two imports."""

from importlib import import_module

import data

BATCH = 32


def housing(api, steps_per_execution=None, predict_method=None, hook=False, arriving=None):
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
    if arriving is not None:
        return _batch_trainer(model, training, arriving), None
    return _trainer(model, training, validation), _predictor(model, predict_method)


def fashion(api, steps_per_execution=None, arriving=None):
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
    if arriving is not None:
        return _batch_trainer(model, training, arriving), None
    return _trainer(model, training, validation), None


def cnn(api, batch_size, steps_per_execution=None, jit_compile=None):
    """Classification by two convolutions and two dense layers."""
    keras = import_module(api)
    x, y = data.images()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=_sgd(keras),
        metrics=["accuracy"],
        **({} if jit_compile is None else {"jit_compile": jit_compile}),
        **_execution(steps_per_execution, (x, y), batch_size),
    )
    return (
        _trainer(model, (x, y), None, batch_size=batch_size),
        lambda: model.predict(x, batch_size=batch_size, verbose=0),
        lambda: model.evaluate(x, y, batch_size=batch_size, verbose=0)[0],
    )


def recurrent(api, kind, steps_per_execution=None):
    """Regression by two recurrent layers of 64 units, over 50 steps."""
    keras = import_module(api)
    x, y = data.sequences()
    layer = getattr(keras.layers, kind)
    model = keras.Sequential(
        [
            keras.Input(shape=x.shape[1:]),
            layer(64, return_sequences=True),
            layer(64),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=_sgd(keras), **_execution(steps_per_execution, (x, y)))
    return _trainer(model, (x, y), None), lambda: model.predict(x, verbose=0)


def wide_deep(api, steps_per_execution=None, subclass=False):
    """Regression from two inputs, five features wide and six deep, to two outputs."""
    keras = import_module(api)
    training, validation = data.housing()
    model = _wide_deep_class(keras)() if subclass else _wide_deep(keras)
    model.compile(
        loss=["mse", "mse"],
        loss_weights=[0.9, 0.1],
        optimizer=_sgd(keras),
        **_execution(steps_per_execution, training),
    )
    return _trainer(model, _two_of_each(*training), _two_of_each(*validation)), None


def _wide_deep(keras):
    wide, deep = keras.Input(shape=(5,), name="wide"), keras.Input(shape=(6,), name="deep")
    hidden = keras.layers.Dense(30, activation="relu")(deep)
    hidden = keras.layers.Dense(30, activation="relu")(hidden)
    output = keras.layers.Dense(1, name="main")(keras.layers.concatenate([wide, hidden]))
    return keras.Model(inputs=[wide, deep], outputs=[output, keras.layers.Dense(1, name="auxiliary")(hidden)])


def _wide_deep_class(keras):
    class WideDeep(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden1 = keras.layers.Dense(30, activation="relu")
            self.hidden2 = keras.layers.Dense(30, activation="relu")
            self.main = keras.layers.Dense(1)
            self.auxiliary = keras.layers.Dense(1)

        def call(self, inputs):
            wide, deep = inputs
            hidden = self.hidden2(self.hidden1(deep))
            return [self.main(keras.layers.concatenate([wide, hidden])), self.auxiliary(hidden)]

    return WideDeep


def _two_of_each(x, y):
    return [x[:, :5], x[:, 2:]], [y, y]


def regularized(api, steps_per_execution=None):
    """The housing model with batch normalization and dropout."""
    keras = import_module(api)
    training, validation = data.housing()
    model = keras.Sequential(
        [
            keras.Input(shape=(8,)),
            keras.layers.Dense(30),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=_sgd(keras), **_execution(steps_per_execution, training))
    return _trainer(model, training, validation), None


def deep(api, layers=50):
    """A functional model of many layers, built and trained for one epoch of one batch."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    tensor = inputs = keras.Input(shape=(8,))
    for _ in range(layers):
        tensor = keras.layers.Dense(10, activation="relu")(tensor)
    model = keras.Model(inputs, keras.layers.Dense(1)(tensor))
    model.compile(loss="mse", optimizer=_sgd(keras))
    return _trainer(model, (x[:BATCH], y[:BATCH]), None)


def _sgd(keras):
    return keras.optimizers.SGD(learning_rate=0.01)


def _execution(steps, training, batch_size=BATCH):
    """Arguments for `compile`; "epoch" stands for as many steps as an epoch has."""
    if steps == "epoch":
        steps = -(-len(training[0]) // batch_size)
    return {"steps_per_execution": steps} if steps else {}


def _trainer(model, training, validation, callbacks=None, batch_size=BATCH):
    def train(epochs):
        history = model.fit(
            *training, batch_size=batch_size, epochs=epochs, validation_data=validation, callbacks=callbacks, verbose=0
        )
        return history.history["val_loss" if validation else "loss"][-1]

    return train


def _batch_trainer(model, training, arriving):
    """Training in the order of the rows on full batches, which a generator hands over ready made or `fit` makes."""
    x, y = training
    steps = len(x) // BATCH
    made = [(x[start : start + BATCH], y[start : start + BATCH]) for start in range(0, steps * BATCH, BATCH)]

    def endless():
        while True:
            yield from made

    def train(epochs):
        if arriving:
            history = model.fit(endless(), steps_per_epoch=steps, epochs=epochs, verbose=0)
        else:
            history = model.fit(
                x[: steps * BATCH], y[: steps * BATCH], batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0
            )
        return history.history["loss"][-1]

    return train


def _predictor(model, method):
    if method == "many":
        return lambda rows: model.predict(rows, batch_size=4096, verbose=0)
    if method == "predict_on_batch":
        return model.predict_on_batch
    return lambda rows: model.predict(rows, verbose=0)


def _counter(keras):
    class Counter(keras.callbacks.Callback):
        count = 0

        def on_train_batch_end(self, batch, logs=None):
            self.count += 1

    return Counter()
