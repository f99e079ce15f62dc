"""Attributes that users of Keras read, on an object of either library."""

import keras
import numpy as np
import pytest

import hornet

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's, under the present NumPy

BOTH = pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])


def adapted(library):
    layer = library.layers.Normalization()
    layer.adapt(np.arange(6.0).reshape(3, 2))
    layer.finalize_state()
    return layer


def scaled(library):
    optimizer = library.optimizers.LossScaleOptimizer(library.optimizers.SGD(), initial_scale=8.0)
    optimizer.build([library.Variable(np.ones(2, "float32"), name="w")])
    return optimizer


def with_momentum(library):
    optimizer = library.optimizers.SGD(0.5, momentum=0.9, name="sgd")
    weight = library.Variable(np.ones(2, "float32"), name="w")
    optimizer.build([weight])
    optimizer.apply([np.ones(2, "float32")], [weight])
    return optimizer


def counted(library):
    metric = library.metrics.FalsePositives(thresholds=[0.2, 0.7], name="fp")
    metric.update_state([0, 0, 1], [0.5, 0.9, 0.9])
    return metric


def moved(library):
    optimizer = library.optimizers.SGD(0.5)
    optimizer.learning_rate.assign_add(0.25)
    optimizer.learning_rate.assign_sub(0.125)
    return float(optimizer.learning_rate)


def collected(library):
    class Penalized(library.layers.Layer):
        def call(self, x):
            self.add_loss(library.ops.sum(x) * 3.0)
            return x

    with library.StatelessScope(collect_losses=True) as scope:
        Penalized()(np.ones((1, 1)))
    return scope


def explained(library):
    metric = library.metrics.R2Score()
    metric.update_state([[1.0], [2.0]], [[1.0], [3.0]])
    sums = (metric.num_samples, metric.count, metric.sum, metric.squared_sum, metric.total_mse)
    return [float(np.ravel(each)[0]) for each in sums]


def orthogonal(library):
    optimizer = library.optimizers.Muon()
    optimizer.build([library.Variable(np.ones((2, 3), "float32")), library.Variable(np.ones(4, "float32"))])
    return [tuple(each.shape) for each in optimizer.momentums]


def chosen(library):
    adam, sgd = library.optimizers.Adam(), library.optimizers.SGD()
    weights = [library.Variable(np.ones(2, "float32"), name=name) for name in ("deep", "wide")]
    optimizer = library.optimizers.MultiOptimizer(lambda weight: adam if "deep" in weight.path else sgd)
    optimizer.build(weights)
    return [type(each).__name__ for each in optimizer.optimizers]


def mapped(library):
    adam, sgd = library.optimizers.Adam(), library.optimizers.SGD()
    choose = library.optimizers.OptimizerMap(sgd, {".*deep": adam})
    return [choose(library.Variable(np.ones(2), name=name)) is adam for name in ("deep", "wide")]


def batched(library):
    class Three(library.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index

    return Three().num_batches


def converted(library):
    convert = library.DTypePolicy("mixed_float16").convert_input
    floats, integers = np.ones(2, "float32"), np.ones(2, "int32")
    arrays = convert(floats, True, "float16"), convert(floats, False, "float16"), convert(integers, True, "float16")
    return [str(array.dtype) for array in arrays], convert("text", True, "float16")


def read_in_a_call(library):
    class Mixed(library.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(), initializer="ones")
            self.exact = self.add_weight(shape=(), initializer="ones", autocast=False)

        def call(self, x):
            types.append((self.scale.dtype, self.exact.dtype))
            return x * self.scale

    types = []
    layer = Mixed(dtype="mixed_float16")
    layer(np.ones((1, 1), "float32"))
    return types[-1], layer.scale.dtype


def assigned(library):
    variable = library.Variable(np.ones(2, "float32"))
    returned = variable.assign([1.0, 2.0]), variable.assign_add([1.0, 1.0]), variable.assign_sub([2.0, 0.0])
    return [np.asarray(each).tolist() for each in returned]


READ = {
    "sums of an R2Score": (explained, [2.0, 2.0, 3.0, 5.0, 1.0]),
    "axis of a score": (
        lambda library: [library.metrics.FBetaScore(average=each).axis for each in (None, "macro", "micro")],
        [0, 0, None],
    ),
    "momentums of Muon": (orthogonal, [(2, 3), (4,)]),
    "optimizers that a function chose": (chosen, ["Adam", "SGD"]),
    "a variable in a map": (mapped, [True, False]),
    "num_batches of a data set with a length": (batched, 3),
    "convert_input": (converted, (["float16", "float32", "int32"], "text")),
    "dtype of a weight in a call": (read_in_a_call, (("float16", "float32"), "float32")),
    "what assigning returns": (assigned, [[1.0, 2.0], [2.0, 3.0], [0.0, 3.0]]),
    "a variable by the name of an initializer": (
        lambda library: library.Variable("ones", shape=(2,), dtype="float32").numpy().tolist(),
        [1.0, 1.0],
    ),
    "supports_masking of a Lambda": (
        lambda library: [library.layers.Lambda(abs, mask=mask).supports_masking for mask in (None, lambda x, m: m)],
        [False, True],
    ),
    "sep of a CSVLogger": (lambda library: library.callbacks.CSVLogger("log.csv", separator=";").sep, ";"),
    "pool_mode of maxima": (lambda library: library.layers.MaxPooling1D().pool_mode, "max"),
    "pool_mode of means": (lambda library: library.layers.AveragePooling2D(2).pool_mode, "average"),
    "fn of a loss": (lambda library: float(np.sum(library.losses.MeanSquaredError().fn([0.0], [2.0]))), 4.0),
    "mean of data": (lambda library: np.ravel(adapted(library).mean).tolist(), [2.0, 3.0]),
    "input_mean of data": (lambda library: adapted(library).input_mean, None),
    "input_mean given": (lambda library: float(library.layers.Normalization(mean=2, variance=4).input_mean), 2.0),
    "input_variance given": (lambda library: float(library.layers.Normalization(mean=2, variance=4).input_variance), 4),
    "dynamic_scale": (lambda library: float(scaled(library).dynamic_scale), 8.0),
    "step_counter": (lambda library: int(scaled(library).step_counter), 0),
    "clipnorm of a wrapper": (lambda library: scaled(library).clipnorm, None),
    "momentums": (lambda library: [each.numpy().tolist() for each in with_momentum(library).momentums], [[-0.5, -0.5]]),
    "paths of an optimizer": (
        lambda library: [each.path for each in with_momentum(library).variables],
        ["sgd/iteration", "sgd/learning_rate", "sgd/w_momentum"],
    ),
    "accumulator": (lambda library: np.asarray(counted(library).accumulator).tolist(), [2.0, 1.0]),
    "path of a mean": (
        lambda library: [each.path for each in library.metrics.Mean("m").variables],
        ["m/total", "m/count"],
    ),
    "learning rate moved": (moved, 0.625),
    "losses of a scope": (lambda library: [float(each) for each in collected(library).losses], [3.0]),
    "dtype of a variable": (lambda library: library.Variable(np.ones(2), dtype="float32").dtype.upper(), "FLOAT32"),
    "aggregation of a weight": (
        lambda library: library.layers.Layer().add_weight(shape=(2,), aggregation="mean").aggregation,
        "mean",
    ),
}


@BOTH
@pytest.mark.parametrize("what", READ)
def test_an_attribute_has_the_value_that_it_has_in_keras(what, library):
    read, value = READ[what]
    assert read(library) == value


@BOTH
def test_paths_of_a_model_s_state_begin_with_the_names_of_their_owners(library):
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, name="a")], name="net")
    model.compile(library.optimizers.Adam(name="adam"), "mse", metrics=[library.metrics.MeanAbsoluteError("mae")])
    model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
    paths = [each.path for each in model.optimizer.variables]
    assert paths[:4] == [
        "adam/iteration",
        "adam/learning_rate",
        "adam/net_a_kernel_momentum",
        "adam/net_a_kernel_velocity",
    ]
    assert {"loss/total", "mae/total", "mae/count"} <= {each.path for each in model.metrics_variables}


@pytest.mark.parametrize(
    ("make", "name", "says"),
    [
        (hornet.optimizers.Adam, "_velocities", "what an optimizer keeps of each weight is in `variables`"),
        (hornet.metrics.R2Score, "intermediate_weights", "`variables` has them"),
        (hornet.optimizers.MultiOptimizer, "learning_rate", "has no learning rate"),
        (hornet.metrics.Mean, "nothing", "has no attribute 'nothing'"),
    ],
)
def test_a_missing_attribute_of_metrics_and_optimizers_says_why(make, name, says):
    made = make(lambda weight: None) if make is hornet.optimizers.MultiOptimizer else make()
    with pytest.raises(AttributeError, match=says):
        getattr(made, name)


def test_an_argument_for_what_does_not_come_says_why():
    with pytest.raises(TypeError, match=r"no argument `lora_rank`.*models far larger than these"):
        hornet.layers.Dense(2, lora_rank=4)


# --- what describes an object of another family -----------------------------------------------------------

MEMBERS = {
    "layers": hornet.layers.Dense(1),
    "losses": hornet.losses.MeanSquaredError(),
    "metrics": hornet.metrics.MeanSquaredError(),
    "optimizers": hornet.optimizers.SGD(),
    "initializers": hornet.initializers.Zeros(),
    "regularizers": hornet.regularizers.L2(),
    "constraints": hornet.constraints.NonNeg(),
}


@pytest.mark.parametrize("family", [*MEMBERS, "activations"])
def test_a_family_refuses_descriptions_of_another_s_objects(family):
    refused = {other: hornet.saving.serialize_keras_object(member) for other, member in MEMBERS.items()}
    refused.pop(family, None)
    if family == "activations":
        refused.pop("layers")  # a layer may be an activation
    if family == "metrics":
        refused.pop("losses")  # a loss may be watched
    for description in refused.values():
        with pytest.raises(ValueError, match=r"is the class of an? .*, not of an? "):
            getattr(hornet, family).deserialize(description)


# --- different optimizers for different weights -----------------------------------------------------------


@pytest.mark.parametrize("key", ["net/a/.*", "a/.*"])
def test_keys_of_a_map_may_begin_with_the_model_s_name(key):
    model = hornet.Sequential(
        [hornet.Input((2,)), hornet.layers.Dense(2, name="a"), hornet.layers.Dense(1)], name="net"
    )
    still = hornet.optimizers.SGD(0.0)
    chosen = hornet.optimizers.OptimizerMap(hornet.optimizers.SGD(0.1), {key: still})
    model.compile(hornet.optimizers.MultiOptimizer(chosen), "mse")
    before = model.get_weights()
    model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
    moved = [not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)]
    assert moved == [False, False, True, True]


def trained_by_two(library, callback):
    sgd, adam = library.optimizers.SGD(0.1, name="slow"), library.optimizers.Adam(0.01, name="fast")
    model = library.Sequential(
        [library.Input((2,)), library.layers.Dense(2, name="a"), library.layers.Dense(1)], name="net"
    )
    chosen = library.optimizers.OptimizerMap(sgd, {".*a/.*": adam})
    model.compile(library.optimizers.MultiOptimizer(chosen), "mse")
    data = np.ones((2, 2)), np.ones((2, 1))
    return model.fit(*data, epochs=3, shuffle=False, callbacks=[callback], verbose=0).history


@BOTH
def test_a_scheduler_sets_the_rate_of_each_of_several_optimizers(library):
    scheduler = library.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = trained_by_two(library, scheduler)
    np.testing.assert_allclose(history["learning_rate_slow"], [0.05, 0.025, 0.0125], rtol=1e-6)
    np.testing.assert_allclose(history["learning_rate_fast"], [0.005, 0.0025, 0.00125], rtol=1e-6)
    assert "learning_rate" not in history


@BOTH
def test_a_plateau_reduces_the_rate_of_each_of_several_optimizers_down_to_the_lowest(library):
    plateau = library.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100.0, min_lr=0.006)
    history = trained_by_two(library, plateau)
    np.testing.assert_allclose(history["learning_rate_slow"], [0.1, 0.1, 0.05], rtol=1e-6)
    np.testing.assert_allclose(history["learning_rate_fast"], [0.01, 0.01, 0.006], rtol=1e-6)
