"""How users' layers are called and built, beside Keras: one class, written for both packages."""

import warnings

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet.core.frame import current_frame

BOTH = pytest.mark.parametrize("package", [hornet, keras], ids=["hornet", "keras"])
ONES = np.ones((2, 3), "float32")


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="keras")
        yield


def numbers(values):
    return [float(value) for value in values]


@BOTH
def test_inputs_may_all_go_by_name(package):
    class Weighing(package.layers.Layer):
        def call(self, targets, logits, factor=1.0):
            return (targets - logits) * factor

    layer = Weighing()
    assert np.asarray(layer(targets=3 * ONES, logits=ONES)).tolist() == (2 * ONES).tolist()
    assert np.asarray(layer(logits=ONES, factor=2.0, targets=3 * ONES)).tolist() == (4 * ONES).tolist()
    a, b = package.Input((3,)), package.Input((3,))
    model = package.Model([a, b], layer(logits=b, targets=a))
    assert np.asarray(model([3 * ONES, ONES])).tolist() == (2 * ONES).tolist()
    with pytest.raises(TypeError):
        layer()


@BOTH
def test_build_takes_the_shape_of_each_tensor_of_the_call(package):
    class Bilinear(package.layers.Layer):
        def build(self, left_shape, right_shape):
            self.seen = tuple(left_shape), tuple(right_shape)
            self.kernel = self.add_weight(shape=(left_shape[-1], right_shape[-1]), initializer="ones")

        def call(self, left, right):
            return package.ops.sum(package.ops.matmul(left, self.kernel) * right, axis=-1)

    layer = Bilinear()
    assert np.asarray(layer(ONES, right=np.ones((2, 5), "float32"))).tolist() == [15.0, 15.0]
    assert layer.seen == ((2, 3), (2, 5))
    described = layer.get_build_config()["shapes_dict"]
    assert {name: shape[-1] for name, shape in described.items()} == {"left_shape": 3, "right_shape": 5}
    again = Bilinear()
    again.build_from_config(layer.get_build_config())
    assert tuple(again.kernel.shape) == (3, 5)


@BOTH
def test_a_build_of_one_shape_gets_the_first_whatever_its_name(package):
    class Plain(package.layers.Layer):
        def build(self, shape):
            self.seen = tuple(shape)

        def call(self, x, other=None):
            return x if other is None else x + other

    layer = Plain()
    layer(ONES, other=np.ones((2, 1), "float32"))
    assert layer.seen == (2, 3)


@BOTH
def test_where_the_shape_does_not_matter_build_needs_none(package):
    layer = package.layers.Embedding(3, 2)
    layer.build()
    assert (layer.built, tuple(layer.embeddings.shape)) == (True, (3, 2))
    stateless = package.layers.Layer()
    stateless.build(None)
    assert stateless.built


@BOTH
@pytest.mark.parametrize("name", ["ReLU", "Masking", "MaxPooling2D", "Softmax", "GlobalAveragePooling1D"])
def test_a_layer_without_weights_is_built_from_the_start(package, name):
    assert getattr(package.layers, name)().built
    assert not package.layers.Dense(1).built


@BOTH
def test_the_shape_that_a_class_computes_is_used_and_its_call_is_not_traced(package):
    class Opaque(package.layers.Layer):
        def call(self, x):
            raise RuntimeError("called")

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], 7)

    class Both(package.layers.Layer):
        def call(self, first, second):
            raise RuntimeError("called")

        def compute_output_shape(self, first_shape, second_shape):
            return [(None, first_shape[-1] + second_shape[-1]), first_shape]

    class Described(package.layers.Layer):
        def call(self, x):
            raise RuntimeError("called")

        def compute_output_spec(self, x):
            return package.KerasTensor((None, 2), dtype="int32")

    x = package.Input((3,))
    assert Opaque()(x).shape == (None, 7)
    assert Opaque(dtype="mixed_float16")(x).dtype == "float16"
    assert [tuple(part.shape) for part in Both()(x, second=package.Input((4,)))] == [(None, 7), (None, 3)]
    described = Described()(x)
    assert (tuple(described.shape), described.dtype) == ((None, 2), "int32")


@BOTH
def test_what_a_layer_would_make_of_symbolic_tensors(package):
    layer = package.layers.Dense(3)
    spec = layer.compute_output_spec(package.KerasTensor((2, 5)))
    assert (tuple(spec.shape), spec.dtype) == ((2, 3), "float32")
    assert package is keras or tuple(layer.kernel.shape) == (5, 3)
    pair = package.layers.Add().compute_output_spec([package.Input((3,)), package.Input((3,))])
    assert tuple(pair.shape) == (None, 3)


@BOTH
def test_symbolic_tensors_have_the_type_that_is_computed(package):
    assert package.layers.Dense(3, dtype="mixed_float16")(package.Input((2,))).dtype == "float16"
    assert package.layers.Add(dtype="float16")([package.Input((2,)), package.Input((2,))]).dtype == "float16"


@BOTH
def test_all_floating_point_arguments_are_cast(package):
    class Sum(package.layers.Layer):
        def call(self, x, other, flags=None):
            self.seen = str(x.dtype), str(other.dtype), str(flags.dtype)
            return x + other

    layer = Sum(dtype="float16")
    layer(ONES, other=ONES, flags=np.ones((2, 1), "int32"))
    assert layer.seen == ("float16", "float16", "int32")


class TestLosses:
    @BOTH
    def test_a_call_leaves_what_it_added(self, package):
        class Sparse(package.layers.Layer):
            def call(self, x, training=False):
                if training:
                    self.add_loss([package.ops.sum(x), package.ops.max(x)])
                return x

        layer = Sparse()
        model = package.Sequential(
            [
                layer,
                package.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1"),
            ]
        )
        model(ONES, training=True)
        assert numbers(layer.losses) == [6.0, 1.0]
        np.testing.assert_allclose(numbers(model.losses), [6.0, 1.0, 0.03, 0.03], rtol=1e-6)
        np.testing.assert_allclose(numbers(model.layers[1].losses), [0.03, 0.03], rtol=1e-6)
        model(2 * ONES, training=True)
        assert numbers(layer.losses) == [12.0, 2.0]  # of the last call alone
        model(ONES)
        assert (layer.losses, len(model.losses)) == ([], 2)

    @BOTH
    def test_activity_is_penalized_in_an_eager_call(self, package):
        layer = package.layers.ActivityRegularization(l2=1.0)
        layer(np.full((1, 2), 2.0))
        assert numbers(layer.losses) == [8.0]

    def test_they_stay_out_of_programs_and_files(self, tmp_path):
        class Adds(hornet.layers.Layer):
            def call(self, x):
                self.add_loss(hornet.ops.sum(x))
                return x

        layer = Adds()
        layer(ONES)
        _, _, losses = layer.stateless_call([], [], 2 * ONES, return_losses=True)
        assert numbers(losses) == [12.0]
        assert (numbers(layer.losses), layer.variables) == ([6.0], [])
        assert [name for name, _ in layer._parts_in_files() if "loss" in name] == []


class TestMasks:
    @BOTH
    def test_a_mask_goes_from_one_eager_call_to_the_next(self, package):
        a = np.array([[[0, 0], [1, 2], [0, 0.0]]], "float32")
        b = np.array([[[0, 0], [0, 0], [1, 2.0]]], "float32")
        mask = package.layers.Masking()
        product = package.layers.Multiply()([mask(a), mask(b)])
        assert np.asarray(product).tolist() == [[[0, 0], [1, 2], [1, 2]]]
        embedded = package.layers.Embedding(4, 2, mask_zero=True, embeddings_initializer="ones")(np.array([[1, 0, 3]]))
        pooled = package.layers.GlobalAveragePooling1D()(package.layers.Dropout(0.5)(embedded))
        np.testing.assert_allclose(np.asarray(pooled), [[1.0, 1.0]])

    @BOTH
    def test_each_of_several_outputs_has_its_own(self, package):
        class Halves(package.layers.Layer):
            def call(self, inputs):
                return package.ops.split(inputs, 2, axis=1)

            def compute_mask(self, inputs, mask=None):
                return None if mask is None else package.ops.split(mask, 2, axis=1)

        ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
        rows = np.arange(15, dtype="float32").reshape(5, 3)
        start = package.initializers.Constant(rows)
        embedding = package.layers.Embedding(5, 3, mask_zero=True, embeddings_initializer=start)
        first, _ = Halves()(embedding(ids))
        pooling = package.layers.GlobalAveragePooling1D()
        expected = [rows[[1, 2]].mean(0), rows[3]]
        np.testing.assert_allclose(np.asarray(pooling(first)), expected)
        inputs = package.Input((4,), dtype="int32")
        first, _ = Halves()(embedding(inputs))
        np.testing.assert_allclose(package.Model(inputs, pooling(first)).predict(ids, verbose=0), expected)

    def test_it_goes_with_its_array(self):
        from hornet.core import frame

        before = len(frame._kept)
        array = hornet.layers.Masking()(np.zeros((1, 2, 3)))
        assert np.asarray(frame.mask_of(array)).tolist() == [[False, False]] == np.asarray(array._keras_mask).tolist()

        def traced(x):
            masked = hornet.layers.Masking()(x)
            assert (len(frame._kept), frame.mask_of(masked) is None) == (before + 1, False)
            return masked

        jax.eval_shape(traced, array)
        assert len(frame._kept) == before
        assert current_frame() is None

    @BOTH
    def test_a_layer_in_a_graph_may_rely_on_it(self, package):
        class Softmax(package.layers.Layer):
            supports_masking = True

            def call(self, inputs, mask=None):
                weights = package.ops.exp(inputs) * package.ops.cast(mask, "float32")[..., None]
                return weights / package.ops.sum(weights, axis=1, keepdims=True)

        class Doubled(package.layers.Layer):  # whose `call` is not traced for its shape
            supports_masking = True

            def call(self, inputs):
                return inputs * 2

            def compute_output_shape(self, input_shape):
                return input_shape

        class Halves(Doubled):
            def call(self, inputs):
                return package.ops.split(inputs, 2, axis=1)

            def compute_output_shape(self, input_shape):
                return [(input_shape[0], 2, *input_shape[2:])] * 2

            def compute_mask(self, inputs, mask=None):
                return package.ops.split(mask, 2, axis=1)

        ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
        inputs = package.Input((4,), dtype="int32")
        start = package.initializers.Constant(np.log(np.arange(1, 5, dtype="float32")[:, None]))
        embedding = package.layers.Embedding(4, 1, mask_zero=True, embeddings_initializer=start)
        doubled = Doubled()(embedding(inputs))
        inner = package.Model(inputs, doubled)
        # Keras loses the mask of a model that is called in another's graph.
        outputs = Softmax()(inner(inputs) if package is hornet else doubled)
        assert outputs._keras_mask.shape == (None, 4)
        first, _ = Halves()(doubled)
        model = package.Model(inputs, [outputs, Softmax()(first)])
        whole, half = model.predict(ids, verbose=0)
        expected = [[4 / 13, 9 / 13, 0, 0], [1, 0, 0, 0]]
        np.testing.assert_allclose(whole[..., 0], expected, rtol=1e-6)
        np.testing.assert_allclose(half[..., 0], np.array(expected)[:, :2], rtol=1e-6)
        assert np.asarray(inner(ids)._keras_mask).tolist() == (ids != 0).tolist()


@BOTH
def test_masks_and_training_may_come_by_position_and_masks_by_argument(package):
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    mask = np.array([[True, True, False], [True, False, False]])
    pooled = package.layers.GlobalAveragePooling1D()(x, mask)
    np.testing.assert_allclose(np.asarray(pooled), [x[0, :2].mean(0), x[1, 0]])

    class Masked(package.layers.Layer):
        def call(self, x1, x2, x1_mask=None, x2_mask=None):
            self.seen = x1_mask is not None, x2_mask is not None
            return x1 + x2

    layer, masking = Masked(), package.layers.Masking()
    layer(masking(x), x)
    assert layer.seen == (True, False)
    layer(x1=x, x2=masking(x))
    assert layer.seen == (False, True)


def test_training_by_position_reaches_the_layers_inside():
    class Old(hornet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dropout = hornet.layers.Dropout(0.999)

        def call(self, x, training=False):
            return self.dropout(x)

    assert np.asarray(Old()(np.ones((1, 100)), True)).sum() != 100
    assert np.asarray(Old()(np.ones((1, 100)), False)).sum() == 100


class TestMadeInCall:
    @BOTH
    def test_a_weight_is_refused(self, package):
        class Bad(package.layers.Layer):
            def call(self, x):
                self.late = self.add_weight(shape=())
                return x

        layer = Bad()
        with pytest.raises(ValueError, match=r"call|built"):
            layer(ONES)
        assert layer.weights == []

    @BOTH
    def test_a_layer_without_weights_may_be(self, package):
        class Dropping(package.layers.Layer):
            def __init__(self):
                super().__init__()
                self.dense = package.layers.Dense(1, kernel_initializer="ones")

            def call(self, x):
                return package.layers.Dropout(0.5, seed=1)(self.dense(x))

        model = package.Sequential([Dropping()])
        assert model(ONES, training=True).shape == (2, 1)
        model.compile("sgd", "mse")
        assert len(model.fit(ONES, np.ones(2), verbose=0).history["loss"]) == 1
        assert np.asarray(model.predict(ONES, verbose=0)).shape == (2, 1)

    def test_one_with_weights_is_warned_of(self):
        class Lost(hornet.layers.Layer):
            def call(self, x):
                return hornet.layers.Dense(3)(x)

        with pytest.warns(
            UserWarning, match=r"'lost.*' made 'kernel', 'bias' while it was called.*not trained.*`__init__`"
        ):
            Lost()(ONES)


@BOTH
def test_the_state_of_a_seed_is_a_variable_and_no_weight(package):
    class Noisy(package.layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = package.random.SeedGenerator(1)

        def call(self, x):
            return x + package.random.normal((3,), seed=self.generator)

    layer = Noisy()
    layer(ONES)
    assert (layer.weights, layer.get_weights(), len(layer.non_trainable_variables)) == ([], [], 1)
    model = package.Sequential([package.Input((3,)), layer, package.layers.Dense(1)])
    assert (model.count_params(), len(model.weights), len(model.variables)) == (4, 2, 3)


@BOTH
def test_names_of_keras_s_layers(package):
    class Own(package.layers.Layer):
        def __init__(self):
            super().__init__(name="own")
            self.mean = package.metrics.Mean(name="mean")
            self.factor = self.add_variable(shape=(2,), initializer="zeros", name="factor")

        def call(self, x):
            return x

    layer = Own()
    assert [metric.name for metric in layer.metrics] == ["mean"]
    assert len(layer.metrics_variables) == 2
    assert layer.factor.path == "own/factor"
    assert "activity_regularizer" not in package.layers.Dense(1).get_config()
    assert package.layers.Dense(1, dtype="bfloat16").get_config()["dtype"]["config"] == {"name": "bfloat16"}


@BOTH
def test_an_eager_call_updates_the_metrics_of_a_layer(package):
    class Counting(package.layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = package.metrics.Mean()

        def call(self, x):
            self.mean.update_state(x)
            return x

    layer = Counting()
    for value in (1.0, 4.0):
        layer(np.full((2, 3), value, "float32"))
    assert float(layer.mean.result()) == 2.5


def test_a_class_may_use_the_name_input_shape_for_itself():
    class Own(hornet.Model):
        def __init__(self):
            super().__init__()
            self.input_shape = (28, 28, 1)

        def call(self, x):
            return x

    model = Own()
    model(np.ones((2, 5)))
    assert (model.input_shape, model.output_shape) == ((28, 28, 1), (None, 5))


@BOTH
def test_a_layer_may_return_its_variable(package):
    class Counting(package.layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [package.layers.Dense(1)]
            self.total = self.add_weight(shape=(2,), initializer="zeros", trainable=False)

        def call(self, x):
            self.total.assign_add(package.ops.sum(x, axis=0))
            return self.total

    layer = Counting()
    assert np.asarray(layer(np.ones((2, 2), "float32"))).tolist() == [2.0, 2.0]
    assert np.asarray(layer(np.ones((2, 2), "float32"))).tolist() == [4.0, 4.0]
