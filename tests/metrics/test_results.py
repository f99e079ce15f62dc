"""Metrics of several values, metrics that a model holds itself, and what metric objects show later, beside Keras."""

import keras
import numpy as np
import pytest

import hornet

BOTH = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
X = np.ones((8, 2), "float32")


def compiled(package, metric):
    model = package.Sequential([package.Input((2,)), package.layers.Dense(1, kernel_initializer="ones")])
    model.compile(package.optimizers.SGD(0.0), "mse", metrics=[metric])
    return model


@BOTH
def test_each_value_of_a_metric_has_its_name(package):
    class Two(package.metrics.Metric):
        def __init__(self, name="two"):
            super().__init__(name=name)
            self.total = self.add_variable((), initializer="zeros", name="total")
            self.count = self.add_variable((), initializer="zeros", name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(package.ops.sum(y_true))
            self.count.assign_add(1.0)

        def result(self):
            return {"sum": self.total.value / 2, "batches": self.count.value}

    model = compiled(package, Two())
    history = model.fit(X, np.zeros(8), validation_data=(X, np.ones(8)), verbose=0).history
    assert (history["sum"], history["val_sum"], history["batches"]) == ([0.0], [4.0], [1.0])
    assert model.evaluate(X, np.ones(8), verbose=0, return_dict=True)["sum"] == 4.0
    assert model.evaluate(X, np.ones(8), verbose=0)[1:] in ([4.0, 1.0], [1.0, 4.0])


@BOTH
def test_a_metric_shows_what_was_evaluated_last(package):
    error = package.metrics.MeanAbsoluteError(name="error")
    model = compiled(package, error)
    model.fit(X, np.zeros(8), verbose=0)
    model.evaluate(X, np.ones(8), verbose=0)
    assert float(error.result()) == 1.0
    assert float(model.get_metrics_result()["loss"]) == 1.0


def test_an_evaluation_inside_of_an_epoch_leaves_its_metrics():
    class Looks(hornet.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.evaluate(X, np.full(8, 9.0), verbose=0)

    model = compiled(hornet, "mae")
    assert model.fit(X, np.zeros(8), batch_size=4, callbacks=[Looks()], verbose=0).history["mae"] == [2.0]


@BOTH
def test_a_model_lists_the_metrics_that_it_holds(package):
    class Own(package.Model):
        def __init__(self):
            super().__init__()
            self.seen = package.metrics.Mean(name="seen")

        def call(self, x):
            return x

    model = Own()
    model.seen.update_state(3.0)
    assert [metric.name for metric in model.metrics] == ["seen"]
    for metric in model.metrics:
        metric.reset_state()
    assert float(model.seen.result()) == 0.0
    model.compile("sgd", "mse")
    assert "seen" in [metric.name for metric in model.metrics]
