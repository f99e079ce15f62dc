"""The table of the layers' laws: instances of every class, and what laws and other tests make of them."""

import numpy as np
from tests.tables import instances

from hornet import activations, layers
from hornet.layers.augmentation import Augmentation


class Integers(tuple):
    """The shape of an input that holds integers from 0 to 3."""

    __slots__ = ()


class Strings(tuple):
    """The shape of an input that holds letters from a to d."""

    __slots__ = ()


SEVERAL_ARGUMENTS = ("GroupQueryAttention", "MultiHeadAttention")
"""The layers that take several arrays as arguments of their own, and not as a list."""
STEADY = ("AutoContrast", "CenterCrop")
"""The layers among those that change images which do the same in training and in inference."""
OWN = ("DateParts", "NumericEmbedding", "QuantileNormalization", "RobustNormalization", "Scale", "TextNumbers")
"""The layers that Keras does not have."""
CELLS = ("GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells")
"""The layers that take states beside inputs; they are in the rows of those that go through sequences with them."""
NEED_TENSORFLOW = ("HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")


class Dates(Strings):
    """The shape of an input that holds dates of the first days of 2024."""

    __slots__ = ()


class WrittenNumbers(Strings):
    """The shape of an input that holds numbers as text."""

    __slots__ = ()


class Inner:
    """The layer that a wrapper is tried on, made anew for each test."""

    def __init__(self, name, **arguments):
        self.name, self.arguments = name, arguments

    def made(self, **more):
        return getattr(layers, self.name)(**self.arguments, **more)

    def __repr__(self):
        return self.name


class Case:
    """An instance of a class of layers.

    Args:
        name: Name of the class.
        arguments: Of its constructor.
        shape: Shape of an input, or a list of shapes.
    """

    def __init__(self, name, arguments, shape):
        self.name, self.arguments, self.shape = name, arguments, shape

    def __repr__(self):
        said = (f"{key}={getattr(value, '__name__', value)}" for key, value in self.arguments.items())
        return f"{self.name}-{'-'.join(said) or 'plain'}-{self.shape}"

    @property
    def runs_in_keras(self):
        return self.name not in (*NEED_TENSORFLOW, *OWN)  # of the former see the goldens

    @property
    def may_be_in_a_program(self):
        return self.name != "StringLookup" and not self.reads_strings

    @property
    def is_a_lookup_of_onnx(self):
        """Whether ONNX can do what it does with strings."""
        unlike = self.arguments.get("invert") or self.arguments.get("num_oov_indices", 1) != 1
        return self.name == "StringLookup" and not unlike

    @property
    def reads_strings(self):
        """Whether inputs are strings, of which XLA has none."""
        return self._reads(Strings)

    @property
    def reads_integers(self):
        """Whether inputs are integers."""
        return self._reads(Integers)

    def _reads(self, kind):
        return any(isinstance(shape, kind) for shape in (self.shape if isinstance(self.shape, list) else [self.shape]))

    @property
    def gives_tokens(self):
        """Whether outputs are integers or strings, whose type is their own and which have no gradient."""
        return self.name in ("Discretization", *NEED_TENSORFLOW) and self.arguments.get("output_mode", "int") == "int"

    @property
    def learns(self):
        """Whether it computes nothing before `adapt`; `Normalization` does, and has its state in weights."""
        given = {"Discretization": "bin_boundaries", "IntegerLookup": "vocabulary", "StringLookup": "vocabulary"}
        given |= {"TextVectorization": "vocabulary", "RobustNormalization": "statistics"}
        given |= {"QuantileNormalization": "statistics"}
        if self.arguments.get("kind") == "piecewise":
            given |= {"NumericEmbedding": "edges"}
        return self.name in given and given[self.name] not in self.arguments

    @property
    def any_batch(self):
        """The shape with a batch of any size."""
        return map_shape(lambda one: (None, *one[1:]), self.shape)

    def has_a_twin(self, training):
        """Return whether Keras's layer computes the same."""
        if self.name == "InputLayer" or not self.runs_in_keras:  # Keras's cannot be called
            return False
        if self.name == "RMSNormalization" and self.arguments.get("axis") == 1:  # Keras's takes the last axes alone
            return False
        # In inference Keras's forgets to normalize; of integers it makes integers.
        if self.name == "SpectralNormalization" and (not training or isinstance(self.shape, Integers)):
            return False
        if training and self.draws_images and self.name not in STEADY:
            return False
        # In inference Keras's leaves crops out, against its own page; it draws mixtures, with a warning of JAX's.
        if self.name in ("MixUp", "RandomCrop"):
            return False
        strengths = ("rate", "stddev", "dropout", "recurrent_dropout")  # test_dropout.py: laws of the draws
        return not training or all(self.arguments.get(name) in (None, 0.0, 1.0) for name in strengths)

    @property
    def draws_images(self):
        return issubclass(getattr(layers, self.name), Augmentation)

    def called(self, layer, x, **how):
        """Return what a layer, ours or Keras's, makes of data."""
        return layer(*x, **how) if self.name in SEVERAL_ARGUMENTS else layer(x, **how)

    def on_shapes(self, method, shape):
        """Return what a method that takes shapes makes of the case's."""
        return method(*shape) if self.name in SEVERAL_ARGUMENTS else method(shape)

    def plain(self, **more):
        """Return a layer that is not built."""
        arguments = {
            key: value.made(**more) if isinstance(value, Inner) else value for key, value in self.arguments.items()
        }
        return getattr(layers, self.name)(**arguments, **more)

    def made(self, **more):
        """Return a built layer with weights and statistics that are no round numbers."""
        layer = self.plain(**more)
        self.build(layer)
        if self.learns:
            layer.adapt(self.data(seed=7))
        rng = np.random.default_rng(1)
        for variable in layer.weights:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        return layer

    def build(self, layer):
        """Build a layer as a call would."""
        if self.name in SEVERAL_ARGUMENTS:
            self.on_shapes(layer.build, self.any_batch)
        else:
            layer._build_on(self.any_batch)

    def data(self, dtype="float32", seed=2, rows=None):
        """Return inputs; `rows` is their number where it is not the shape's."""
        seeds = iter(range(seed, seed + 10))
        return map_shape(lambda shape: draw(resized(shape, rows), dtype, next(seeds)), self.shape)


def map_shape(function, shape):
    return [function(one) for one in shape] if isinstance(shape, list) else function(shape)


def resized(shape, rows):
    return shape if rows is None else type(shape)((rows, *shape[1:]))


def draw(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    if isinstance(shape, Dates):
        return np.datetime_as_string(np.datetime64("2024-01-01") + rng.integers(400, size=shape))
    if isinstance(shape, WrittenNumbers):
        return rng.integers(400, size=shape).astype(str)
    if isinstance(shape, Strings):
        return rng.choice(list("abcd"), shape)
    return rng.integers(4, size=shape) if isinstance(shape, Integers) else rng.normal(size=shape).astype(dtype)


# A class without an instance fails the suite. In `make test` laws run over the first of each class that they apply to.
TABLE = [
    ("Activation", {"activation": "relu"}, (5, 3)),
    ("Activation", {"activation": "softmax"}, (5, 2, 3)),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (5, 3)),
    ("ActivityRegularization", {}, (5, 2, 3)),
    ("Add", {}, [(5, 3), (5, 3)]),
    ("Add", {}, [(5, 3), (5, 2, 1), (5, 1, 3)]),
    ("AdditiveAttention", {}, [(5, 2, 3), (5, 4, 3)]),
    ("AdditiveAttention", {"use_scale": False, "dropout": 0.4}, [(5, 2, 3), (5, 4, 2), (5, 4, 3)]),
    ("AlphaDropout", {"rate": 0.4}, (5, 3)),
    ("AlphaDropout", {"rate": 0.0}, (5, 3)),
    ("AlphaDropout", {"rate": 0.4, "noise_shape": (None, 1, 3), "seed": 3}, (5, 2, 3)),
    ("Attention", {}, [(5, 2, 3), (5, 4, 3)]),
    ("Attention", {"use_scale": True, "dropout": 0.4, "seed": 3}, [(5, 2, 3), (5, 4, 2), (5, 4, 3)]),
    ("Attention", {"use_scale": True, "score_mode": "concat"}, [(5, 2, 3), (5, 4, 2), (5, 4, 3)]),
    ("Attention", {"score_mode": "concat", "dropout": 0.0}, [(5, 2, 3), (5, 4, 3)]),
    ("Average", {}, [(5, 3), (5, 3), (5, 3)]),
    ("Average", {}, [(5, 2, 3), (5, 3)]),
    ("AveragePooling1D", {"pool_size": 2, "data_format": "channels_first"}, (3, 2, 7)),
    ("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, (3, 7, 2)),
    ("AveragePooling2D", {"pool_size": 2}, (3, 5, 4, 2)),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, (3, 5, 4, 2)),
    ("AveragePooling3D", {"pool_size": (1, 2, 3), "strides": 2, "padding": "same"}, (2, 3, 4, 5, 2)),
    ("BatchNormalization", {}, (8, 3)),
    ("BatchNormalization", {"axis": 1}, (6, 3, 4)),
    ("BatchNormalization", {"axis": -1, "momentum": 0.5, "epsilon": 0.1}, (4, 2, 3)),
    ("BatchNormalization", {"center": False}, (8, 3)),
    ("BatchNormalization", {"scale": False}, (8, 3)),
    ("BatchNormalization", {"center": False, "scale": False, "momentum": 0.0}, (8, 3)),
    ("BatchNormalization", {"trainable": False}, (8, 3)),
    ("BatchNormalization", {"gamma_regularizer": "l2", "beta_regularizer": "l2"}, (8, 3)),
    ("Bidirectional", {"layer": Inner("GRU", units=3, return_sequences=True)}, (3, 4, 2)),
    ("Bidirectional", {"layer": Inner("LSTM", units=3), "merge_mode": "ave"}, (3, 4, 2)),
    ("Bidirectional", {"layer": Inner("SimpleRNN", units=3), "merge_mode": "mul"}, (3, 4, 2)),
    ("CategoryEncoding", {"num_tokens": 4}, Integers((5, 3))),
    ("CategoryEncoding", {"num_tokens": 5, "output_mode": "count"}, Integers((5, 3))),
    ("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, Integers((5, 2, 3))),
    ("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, Integers((5, 1))),
    ("Concatenate", {}, [(5, 3), (5, 2)]),
    ("Concatenate", {"axis": 1}, [(5, 2, 3), (5, 1, 3), (5, 4, 3)]),
    ("Concatenate", {"axis": -2}, [(5, 2, 3), (5, 1, 3)]),
    ("Conv1D", {"filters": 4, "kernel_size": (2,), "strides": 2, "padding": "same"}, (3, 7, 2)),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "causal"}, (3, 7, 2)),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "data_format": "channels_first"}, (3, 2, 7)),
    ("Conv1DTranspose", {"filters": 4, "kernel_size": 2, "strides": 3}, (3, 4, 2)),
    ("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "dilation_rate": 2}, (3, 4, 2)),
    ("ConvLSTM1D", {"filters": 2, "kernel_size": 3, "strides": 2, "return_sequences": True}, (2, 3, 6, 2)),
    ("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "padding": "same", "go_backwards": True}, (2, 3, 4, 3, 2)),
    ("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "data_format": "channels_first"}, (2, 3, 2, 4, 3)),
    ("ConvLSTM3D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "use_bias": False}, (2, 2, 3, 3, 4, 1)),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "strides": (2, 1), "padding": "same"}, (3, 5, 4, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "dilation_rate": (2, 3), "activation": "tanh"}, (3, 5, 4, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 1, "use_bias": False, "trainable": False}, (3, 5, 4, 2)),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "groups": 3}, (3, 5, 4, 6)),
    ("Conv2D", {"filters": 8, "kernel_size": 2, "groups": 4, "padding": "same"}, (3, 5, 4, 4)),
    (
        "Conv2D",
        {"filters": 4, "kernel_size": 3, "activation": "softmax", "data_format": "channels_first"},
        (3, 2, 5, 4),
    ),
    (
        "Conv2D",
        {
            "filters": 3,
            "kernel_size": 2,
            "kernel_initializer": "he_normal",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1_l2",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        (3, 4, 4, 2),
    ),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (3, 3, 4, 2)),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 1, "strides": 3, "padding": "same"}, (3, 3, 4, 2)),
    (
        "Conv2DTranspose",
        {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same", "output_padding": (0, 1)},
        (3, 3, 4, 2),
    ),
    (
        "Conv2DTranspose",
        {
            "filters": 3,
            "kernel_size": 2,
            "activation": "relu",
            "kernel_initializer": "he_normal",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1_l2",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        (3, 3, 3, 2),
    ),
    ("Conv3D", {"filters": 4, "kernel_size": (1, 2, 3), "strides": 2, "groups": 2}, (2, 3, 4, 5, 2)),
    ("Conv3D", {"filters": 3, "kernel_size": 2, "padding": "same", "data_format": "channels_first"}, (2, 2, 3, 4, 5)),
    (
        "Conv3DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1, "data_format": "channels_first"},
        (2, 2, 2, 3, 2),
    ),
    ("Cropping1D", {"cropping": (0, 3)}, (3, 7, 2)),
    ("Cropping2D", {}, (3, 5, 4, 2)),
    ("Cropping2D", {"cropping": ((1, 0), (0, 2)), "data_format": "channels_first"}, (3, 2, 5, 4)),
    ("Cropping3D", {"cropping": (0, 1, 2)}, (2, 3, 4, 5, 2)),
    ("DateParts", {}, Dates((5, 1))),
    ("DateParts", {"parts": ["weekday", "year"]}, Dates((5,))),
    ("DateParts", {"parts": ["day"], "format": "%d/%m/%Y", "errors": "coerce"}, Dates((5,))),
    ("Dense", {"units": 4}, (5, 3)),
    ("Dense", {"units": 1, "activation": "sigmoid"}, (5, 3)),
    ("Dense", {"units": 4, "activation": "softmax", "use_bias": False}, (5, 3)),
    ("Dense", {"units": 2, "activation": "tanh"}, (5, 2, 3)),
    ("Dense", {"units": 2, "kernel_initializer": "he_normal", "bias_initializer": "ones"}, (5, 3)),
    (
        "Dense",
        {"units": 4, "kernel_regularizer": "l2", "bias_regularizer": "l1_l2", "activity_regularizer": "l2"},
        (5, 3),
    ),
    ("Dense", {"units": 4, "kernel_constraint": "max_norm", "bias_constraint": "non_neg"}, (5, 3)),
    ("Dense", {"units": 4, "trainable": False, "kernel_regularizer": "l2"}, (5, 3)),
    ("DepthwiseConv1D", {"kernel_size": 2, "strides": 2, "padding": "same", "depth_multiplier": 3}, (3, 7, 2)),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2, "activation": "relu"}, (3, 5, 4, 1)),
    ("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2, "data_format": "channels_first"}, (3, 3, 5, 4)),
    (
        "DepthwiseConv2D",
        {
            "kernel_size": (2, 3),
            "depthwise_initializer": "he_normal",
            "bias_initializer": "ones",
            "depthwise_regularizer": "l2",
            "bias_regularizer": "l1_l2",
            "activity_regularizer": "l2",
            "depthwise_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        (3, 4, 4, 2),
    ),
    ("Discretization", {"bin_boundaries": [-0.5, 0.0, 1.0]}, (5, 2, 3)),
    ("Discretization", {"bin_boundaries": [0.5], "output_mode": "one_hot"}, (5, 3)),
    ("Discretization", {"num_bins": 3}, (5, 3)),
    ("Discretization", {"num_bins": 3, "output_mode": "multi_hot"}, (5, 3)),
    ("Discretization", {"num_bins": 4, "output_mode": "count", "epsilon": 0.1}, (5, 3)),
    ("Dot", {"axes": 1}, [(5, 3), (5, 3)]),
    ("Dot", {"axes": -1, "normalize": True}, [(5, 3), (5, 3)]),
    ("Dot", {"axes": 2}, [(5, 2, 3), (5, 4, 3)]),
    ("Dot", {"axes": (1, 2), "normalize": True}, [(5, 3), (5, 2, 3)]),
    ("Dot", {"axes": (2, 1)}, [(5, 2, 3), (5, 3)]),
    ("Dot", {"axes": (1, 2)}, [(5, 3, 2, 4), (5, 2, 3, 4)]),
    ("Dropout", {"rate": 0.5}, (5, 3)),
    ("Dropout", {"rate": 0.0}, (5, 3)),
    ("Dropout", {"rate": 1.0}, (5, 3)),
    ("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 3}, (5, 2, 3)),
    ("ELU", {}, (5, 3)),
    ("ELU", {"alpha": 0.5}, (5, 2, 3)),
    ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 4}, (5, 3)),
    (
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": (None, 4), "bias_axes": "d", "activation": "tanh"},
        (5, 2, 3),
    ),
    ("EinsumDense", {"equation": "abc,cde->abde", "output_shape": (2, 2, 4), "bias_axes": "be"}, (5, 2, 3)),
    (
        "EinsumDense",
        {"equation": "...x,xy->...y", "output_shape": 4, "bias_axes": "y", "kernel_regularizer": "l2"},
        (5, 2, 3),
    ),
    ("EinsumDense", {"equation": "...bc,cd->...bd", "output_shape": 4}, (5, 3)),
    ("EinsumDense", {"equation": "ab...,bc->ac...", "output_shape": (4,), "bias_axes": "c"}, (5, 3, 2)),
    ("Embedding", {"input_dim": 4, "output_dim": 3}, Integers((5,))),
    ("Embedding", {"input_dim": 4, "output_dim": 2, "mask_zero": True}, Integers((5, 3))),
    (
        "Embedding",
        {"input_dim": 4, "output_dim": 1, "embeddings_regularizer": "l2", "embeddings_constraint": "unit_norm"},
        Integers((5, 2, 3)),
    ),
    ("Flatten", {}, (5, 2, 3)),
    ("Flatten", {}, (5, 3)),
    ("Flatten", {}, (5,)),
    ("Flatten", {"data_format": "channels_first"}, (5, 2, 3, 4)),
    ("GaussianDropout", {"rate": 0.4, "seed": 3}, (5, 3)),
    ("GaussianDropout", {"rate": 0.0}, (5, 3)),
    ("GaussianNoise", {"stddev": 0.4, "seed": 3}, (5, 3)),
    ("GaussianNoise", {"stddev": 0.0}, (5, 3)),
    ("GRU", {"units": 3, "return_sequences": True}, (3, 4, 2)),
    ("GRU", {"units": 3, "reset_after": False, "go_backwards": True, "recurrent_activation": "relu"}, (3, 4, 2)),
    ("GRU", {"units": 3, "use_bias": False, "dropout": 0.4, "recurrent_dropout": 0.3}, (3, 4, 2)),
    ("GlobalAveragePooling1D", {}, (3, 7, 2)),
    ("GlobalAveragePooling2D", {"keepdims": True, "data_format": "channels_first"}, (3, 2, 5, 4)),
    ("GlobalAveragePooling3D", {}, (2, 3, 4, 5, 2)),
    ("GlobalMaxPooling1D", {"keepdims": True}, (3, 7, 2)),
    ("GlobalMaxPooling2D", {"data_format": "channels_first"}, (3, 2, 5, 4)),
    ("GlobalMaxPooling3D", {}, (2, 3, 4, 5, 2)),
    ("GroupNormalization", {"groups": 2}, (5, 4)),
    ("GroupNormalization", {"groups": 1, "epsilon": 0.1, "center": False}, (5, 2, 3)),
    ("GroupNormalization", {"groups": 2, "axis": 1, "scale": False}, (5, 4, 2, 3)),
    ("GroupNormalization", {"groups": 3, "gamma_regularizer": "l2", "beta_regularizer": "l2"}, (5, 2, 6)),
    (
        "GroupQueryAttention",
        {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": True},
        [(5, 2, 3), (5, 4, 3)],
    ),
    (
        "GroupQueryAttention",
        {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, "sliding_window": 2, "dropout": 0.4},
        [(5, 4, 3), (5, 4, 3), (5, 4, 3)],
    ),
    ("HashedCrossing", {"num_bins": 4}, [Integers((5, 1)), Integers((5, 1))]),
    ("HashedCrossing", {"num_bins": 3, "output_mode": "one_hot"}, [Integers((5, 1)), Integers((5, 1))]),
    ("HashedCrossing", {"num_bins": 3}, [Strings((5, 1)), Integers((5, 1)), Strings((5, 1))]),
    ("Hashing", {"num_bins": 4}, Strings((5, 3))),
    ("Hashing", {"num_bins": 4, "mask_value": 2, "salt": [3, 4]}, Integers((5, 3))),
    ("Hashing", {"num_bins": 3, "output_mode": "one_hot", "salt": 7}, Integers((5, 3))),
    ("Hashing", {"num_bins": 3, "output_mode": "multi_hot"}, Integers((5, 3))),
    ("Hashing", {"num_bins": 3, "output_mode": "count"}, Integers((5, 3))),
    ("Identity", {}, (5, 3)),
    ("InputLayer", {"shape": (3,)}, (5, 3)),
    ("InputLayer", {"shape": [2, None]}, (5, 2, 3)),
    ("IntegerLookup", {}, Integers((5, 3))),
    ("IntegerLookup", {"vocabulary": [3, 1], "invert": True, "mask_token": 0, "oov_token": 9}, Integers((5, 3))),
    ("IntegerLookup", {"mask_token": 0, "num_oov_indices": 2, "max_tokens": 4}, Integers((5, 3))),
    (
        "IntegerLookup",
        {"vocabulary": [2], "num_oov_indices": 3, "oov_method": "farmhash", "salt": 5},
        Integers((5, 3)),
    ),
    ("IntegerLookup", {"output_mode": "one_hot", "max_tokens": 9, "pad_to_max_tokens": True}, Integers((5, 3))),
    ("IntegerLookup", {"output_mode": "multi_hot", "mask_token": 1}, Integers((5, 3))),
    ("IntegerLookup", {"output_mode": "count", "vocabulary": [3, 1, 0, 2], "num_oov_indices": 0}, Integers((5, 3))),
    ("IntegerLookup", {"output_mode": "tf_idf"}, Integers((5, 3))),
    ("IntegerLookup", {"output_mode": "tf_idf", "vocabulary": [3, 1], "idf_weights": [0.5, 2.0]}, Integers((5, 3))),
    ("LSTM", {"units": 3, "return_sequences": True}, (3, 4, 2)),
    ("LSTM", {"units": 3, "go_backwards": True, "return_sequences": True, "unroll": True}, (3, 4, 2)),
    ("LSTM", {"units": 3, "use_bias": False, "dropout": 0.4, "recurrent_dropout": 0.3, "seed": 3}, (3, 4, 2)),
    (
        "LSTM",
        {
            "units": 3,
            "activation": "elu",
            "recurrent_activation": "hard_sigmoid",
            "unit_forget_bias": False,
            "kernel_initializer": "he_normal",
            "recurrent_initializer": "glorot_normal",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "recurrent_regularizer": "l1_l2",
            "bias_regularizer": "l2",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "recurrent_constraint": "unit_norm",
            "bias_constraint": "non_neg",
        },
        (3, 4, 2),
    ),
    ("Lambda", {"function": activations.softplus}, (5, 3)),
    ("Lambda", {"function": activations.softmax, "arguments": {"axis": 1}}, (5, 2, 3)),
    ("LayerNormalization", {}, (5, 3)),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, (5, 2, 3)),
    ("LayerNormalization", {"axis": 1, "center": False}, (5, 2, 3)),
    ("LayerNormalization", {"axis": -2, "scale": False, "beta_regularizer": "l2"}, (5, 2, 3)),
    ("LeakyReLU", {}, (5, 3)),
    ("LeakyReLU", {"negative_slope": 0.5}, (5, 2, 3)),
    ("Masking", {}, (5, 2, 3)),
    ("Masking", {"mask_value": 1.0}, (5, 3)),
    ("MaxPooling1D", {}, (3, 7, 2)),
    ("MaxPooling2D", {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, (3, 5, 4, 2)),
    ("MaxPooling2D", {"pool_size": (9, 2)}, (2, 10, 4, 2)),
    ("MaxPooling2D", {"pool_size": 2, "strides": 3, "data_format": "channels_first"}, (3, 2, 5, 4)),
    ("MaxPooling3D", {}, (2, 3, 4, 5, 2)),
    ("Maximum", {}, [(5, 3), (5, 3), (5, 3)]),
    ("Maximum", {}, [(5, 3), (5, 2, 3)]),
    ("Minimum", {}, [(5, 3), (5, 3), (5, 3)]),
    ("Minimum", {}, [(5, 2, 3), (5, 1, 3)]),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [(5, 2, 3), (5, 4, 3)]),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "value_dim": 2, "dropout": 0.4, "output_shape": 4, "use_bias": False},
        [(5, 2, 3), (5, 4, 2), (5, 4, 5)],
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 2, "attention_axes": (2,), "output_shape": (2, 3), "use_gate": True},
        [(3, 2, 4, 3), (3, 2, 4, 3)],
    ),
    (
        "MultiHeadAttention",
        {
            "num_heads": 1,
            "key_dim": 2,
            "sliding_window": 2,
            "kernel_initializer": "he_normal",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1_l2",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        [(5, 4, 3), (5, 4, 3)],
    ),
    ("Multiply", {}, [(5, 3), (5, 3), (5, 3)]),
    ("Multiply", {}, [(5, 2, 3), (5, 3)]),
    ("Normalization", {}, (5, 3)),
    ("Normalization", {"axis": None}, (5, 3)),
    ("Normalization", {"axis": (-1, 1)}, (5, 2, 3)),
    ("Normalization", {"axis": 1, "invert": True}, (5, 2, 3)),
    ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [0.0, 2.0, 4.0]}, (5, 3)),
    ("Normalization", {"axis": [1, 2], "mean": [1.0, 2.0, 3.0], "variance": [0.5, 2.0, 4.0]}, (5, 2, 3)),
    ("Normalization", {"mean": 2.0, "variance": 4.0, "invert": True}, (5, 3)),
    ("NumericEmbedding", {"frequencies": 2, "scale": 0.5}, (5, 3)),
    ("NumericEmbedding", {"frequencies": 2, "numbers": 2}, (5, 2, 3)),
    ("NumericEmbedding", {"kind": "periodic", "frequencies": 2, "units": 2, "flatten": False}, (5, 3)),
    ("NumericEmbedding", {"kind": "pbld", "frequencies": 2, "units": 3}, (5, 3)),
    ("NumericEmbedding", {"kind": "piecewise", "bins": 3, "units": 2}, (5, 3)),
    (
        "NumericEmbedding",
        {"kind": "piecewise", "bins": 2, "units": "bins", "edges": [[-1.0, 0.0, 2.0], [0.0, 1.0]]},
        (5, 2),
    ),
    ("PReLU", {}, (5, 3)),
    ("PReLU", {"shared_axes": [1]}, (5, 2, 3)),
    ("PReLU", {"shared_axes": 2, "alpha_regularizer": "l2", "alpha_constraint": "non_neg"}, (5, 2, 3)),
    ("Permute", {"dims": (2, 1)}, (5, 2, 3)),
    ("Permute", {"dims": [3, 1, 2]}, (5, 2, 3, 4)),
    ("QuantileNormalization", {}, (5, 3)),
    ("QuantileNormalization", {"num_quantiles": 4, "ends": "middle", "flags": [2]}, (5, 2, 3)),
    (
        "QuantileNormalization",
        {
            "distribution": "uniform",
            "flags": [],
            "statistics": {"quantiles": [[-2.0, 0.5, 0.5, 2.0], [0.0, 1.0], [3.0]]},
        },
        (5, 3),
    ),
    ("RMSNormalization", {}, (5, 3)),
    ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, (5, 2, 3)),
    ("RMSNormalization", {"axis": 1}, (5, 2, 3)),
    ("ReLU", {}, (5, 3)),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, (5, 2, 3)),
    ("RepeatVector", {"n": 4}, (5, 3)),
    ("Rescaling", {"scale": 1 / 255}, Integers((5, 3))),
    ("Rescaling", {"scale": [1.0, 2.0, 4.0], "offset": [0.0, -1.0, 1.0]}, (5, 2, 3)),
    ("Reshape", {"target_shape": (3, 2)}, (5, 6)),
    ("Reshape", {"target_shape": (-1, 4)}, (5, 2, 6)),
    ("Reshape", {"target_shape": ()}, (5, 1)),
    ("Resizing", {"height": 3, "width": 6}, (2, 5, 4, 3)),
    ("Resizing", {"height": 3, "width": 2, "interpolation": "bicubic", "antialias": True}, (2, 5, 4, 3)),
    (
        "Resizing",
        {"height": 6, "width": 2, "crop_to_aspect_ratio": True, "data_format": "channels_first"},
        (2, 3, 5, 4),
    ),
    ("Resizing", {"height": 4, "width": 3, "pad_to_aspect_ratio": True, "fill_value": 2.0}, (2, 3, 5, 2)),
    ("Resizing", {"height": 4, "width": 8, "interpolation": "nearest"}, (2, 3, 5, 2)),
    ("RobustNormalization", {}, (5, 3)),
    ("RobustNormalization", {"flags": [2, 0], "limit": 2.0}, (5, 2, 3)),
    (
        "RobustNormalization",
        {"flags": [1], "statistics": {"center": [0.5, 2.0], "scale": [2.0, 1.0], "alone": [False, True]}},
        (5, 2),
    ),
    ("Scale", {}, (5, 3)),
    ("Scale", {"scale_initializer": "uniform", "scale_regularizer": "l2", "scale_constraint": "non_neg"}, (5, 2, 3)),
    ("RNN", {"cell": Inner("LSTMCell", units=3), "return_sequences": True}, (3, 4, 2)),
    ("RNN", {"cell": Inner("GRUCell", units=3, reset_after=False), "unroll": True}, (3, 4, 2)),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 2, "strides": 2, "depth_multiplier": 2}, (3, 7, 2)),
    ("SeparableConv2D", {"filters": 5, "kernel_size": (2, 3), "padding": "same", "use_bias": False}, (3, 5, 4, 3)),
    (
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "data_format": "channels_first"},
        (3, 3, 5, 4),
    ),
    (
        "SeparableConv2D",
        {
            "filters": 3,
            "kernel_size": 2,
            "activation": "relu",
            "depthwise_initializer": "he_normal",
            "pointwise_initializer": "he_uniform",
            "bias_initializer": "ones",
            "depthwise_regularizer": "l2",
            "pointwise_regularizer": "l1_l2",
            "bias_regularizer": "l2",
            "activity_regularizer": "l2",
            "depthwise_constraint": "max_norm",
            "pointwise_constraint": "unit_norm",
            "bias_constraint": "non_neg",
        },
        (3, 4, 4, 2),
    ),
    ("SimpleRNN", {"units": 3}, (3, 4, 2)),
    ("SimpleRNN", {"units": 3, "activation": "relu", "return_sequences": True, "trainable": False}, (3, 4, 2)),
    ("SimpleRNN", {"units": 3, "dropout": 0.4, "recurrent_dropout": 0.3}, (3, 4, 2)),
    ("Softmax", {}, (5, 3)),
    ("Softmax", {"axis": 1}, (5, 2, 3)),
    ("Softmax", {"axis": (1, 2)}, (5, 2, 3)),
    ("SpatialDropout1D", {"rate": 0.4, "seed": 3}, (5, 2, 3)),
    ("SpatialDropout1D", {"rate": 0.0}, (5, 2, 3)),
    ("SpatialDropout2D", {"rate": 0.4}, (5, 2, 3, 4)),
    ("SpatialDropout2D", {"rate": 0.4, "data_format": "channels_first"}, (5, 2, 3, 4)),
    ("SpatialDropout3D", {"rate": 0.4, "data_format": "channels_first"}, (5, 2, 3, 1, 2)),
    ("SpectralNormalization", {"layer": Inner("Dense", units=4)}, (5, 3)),
    ("SpectralNormalization", {"layer": Inner("Dense", units=4, activation="tanh"), "power_iterations": 20}, (5, 2, 3)),
    ("SpectralNormalization", {"layer": Inner("Embedding", input_dim=4, output_dim=3)}, Integers((5, 2))),
    ("StringLookup", {}, Strings((5, 3))),
    ("StringLookup", {"vocabulary": ["b", "a"], "invert": True, "mask_token": ""}, Integers((5, 3))),
    ("StringLookup", {"mask_token": "a", "num_oov_indices": 2, "max_tokens": 4, "salt": 5}, Strings((5, 3))),
    ("StringLookup", {"output_mode": "one_hot", "max_tokens": 9, "pad_to_max_tokens": True}, Strings((5, 3))),
    ("StringLookup", {"output_mode": "multi_hot"}, Strings((5, 3))),
    ("StringLookup", {"output_mode": "count", "oov_token": "?"}, Strings((5, 3))),
    ("StringLookup", {"output_mode": "tf_idf"}, Strings((5, 3))),
    ("TextNumbers", {}, WrittenNumbers((5, 1))),
    ("TextNumbers", {"offset": 3, "scale": 2.0, "errors": "coerce"}, WrittenNumbers((5,))),
    ("TextVectorization", {}, Strings((5, 1))),
    ("TextVectorization", {"output_sequence_length": 2, "standardize": "lower", "max_tokens": 4}, Strings((5, 1))),
    ("TextVectorization", {"output_mode": "multi_hot", "split": "character", "ngrams": 2}, Strings((5, 1))),
    ("TextVectorization", {"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True}, Strings((5, 1))),
    ("TextVectorization", {"output_mode": "tf_idf", "split": None, "standardize": None}, Strings((5, 1))),
    (
        "TextVectorization",
        {"output_mode": "tf_idf", "vocabulary": ["a", "b"], "idf_weights": [1.0, 2.0], "ngrams": (1, 2)},
        Strings((5, 1)),
    ),
    ("Subtract", {}, [(5, 3), (5, 3)]),
    ("Subtract", {}, [(5, 3), (5, 2, 3)]),
    ("TimeDistributed", {"layer": Inner("Dense", units=4, activation="tanh")}, (5, 2, 3)),
    ("TimeDistributed", {"layer": Inner("Flatten")}, (5, 2, 3, 4)),
    ("UnitNormalization", {}, (5, 3)),
    ("UnitNormalization", {"axis": [1, 2]}, (5, 2, 3)),
    ("UpSampling1D", {}, (3, 4, 2)),
    ("UpSampling2D", {"size": (3, 1), "data_format": "channels_first"}, (3, 2, 3, 4)),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, (3, 3, 4, 2)),
    ("UpSampling2D", {"interpolation": "bicubic", "data_format": "channels_first"}, (3, 2, 3, 4)),
    ("UpSampling2D", {"interpolation": "lanczos3"}, (3, 3, 4, 2)),
    ("UpSampling3D", {"size": (1, 2, 3)}, (2, 2, 3, 2, 2)),
    ("ZeroPadding1D", {"padding": (0, 2)}, (3, 4, 2)),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 3)), "data_format": "channels_first"}, (3, 2, 3, 4)),
    ("ZeroPadding2D", {}, (3, 3, 4, 2)),
    ("ZeroPadding3D", {"padding": (0, 1, 2)}, (2, 2, 3, 2, 2)),
    # layers that change images at random
    ("AugMix", {"value_range": (-4, 4), "num_chains": 2, "chain_depth": 1, "all_ops": False}, (2, 4, 3, 3)),
    ("AutoContrast", {"value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("CenterCrop", {"height": 2, "width": 3}, (2, 5, 4, 2)),
    ("CenterCrop", {"height": 3, "width": 6, "data_format": "channels_first"}, (2, 2, 5, 4)),
    ("CutMix", {"factor": 0.5}, (3, 4, 4, 2)),
    ("Equalization", {"value_range": (-4, 4), "bins": 16}, (2, 4, 3, 2)),
    ("MixUp", {"alpha": 0.4}, (3, 4, 4, 2)),
    ("RandAugment", {"value_range": (-4, 4), "num_ops": 1, "factor": 0.3}, (2, 4, 3, 3)),
    ("RandomBrightness", {"factor": (-0.1, 0.3), "value_range": [-4, 4]}, (2, 4, 3, 2)),
    ("RandomColorDegeneration", {"factor": 0.5, "value_range": (-4, 4)}, (2, 4, 3, 3)),
    (
        "RandomColorJitter",
        {
            "value_range": (-4, 4),
            "brightness_factor": 0.1,
            "contrast_factor": 0.2,
            "saturation_factor": 0.3,
            "hue_factor": 0.4,
        },
        (2, 4, 3, 3),
    ),
    ("RandomContrast", {"factor": 0.3, "value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("RandomCrop", {"height": 3, "width": 3, "seed": 3}, (2, 4, 4, 2)),
    ("RandomErasing", {"factor": (0.5, 1.0), "fill_value": 0.5, "value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("RandomErasing", {"scale": 0.5, "data_format": "channels_first", "value_range": (-4, 4)}, (2, 3, 4, 3)),
    ("RandomFlip", {"mode": "horizontal"}, (2, 4, 3, 2)),
    ("RandomFlip", {"mode": "vertical", "data_format": "channels_first", "seed": 3}, (2, 2, 4, 3)),
    ("RandomGaussianBlur", {"kernel_size": (3, 5), "sigma": (0.2, 0.8), "value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("RandomGrayscale", {"factor": 0.4}, (2, 4, 3, 3)),
    ("RandomHue", {"factor": 0.4, "value_range": (-4, 4)}, (2, 4, 3, 3)),
    ("RandomInvert", {"factor": (0.5, 1.0)}, (2, 4, 3, 2)),
    ("RandomPerspective", {"scale": 0.5, "fill_value": 1.0}, (2, 4, 3, 2)),
    ("RandomPosterization", {"factor": (2, 5), "value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("RandomRotation", {"factor": 0.2}, (2, 4, 3, 2)),
    ("RandomSaturation", {"factor": (0.2, 0.4), "value_range": (-4, 4)}, (2, 4, 3, 3)),
    ("RandomSharpness", {"factor": 0.4, "value_range": (-4, 4)}, (2, 4, 3, 2)),
    ("RandomShear", {"x_factor": (0.1, 0.3), "fill_mode": "wrap"}, (2, 4, 3, 2)),
    ("RandomTranslation", {"height_factor": 0.2, "width_factor": (0.1, 0.3), "fill_mode": "nearest"}, (2, 4, 3, 2)),
    ("RandomZoom", {"height_factor": 0.3, "fill_mode": "constant", "fill_value": 2.0}, (2, 4, 3, 2)),
    ("Solarization", {"addition_factor": 0.2, "threshold_factor": 0.5, "value_range": (-4, 4)}, (2, 4, 3, 2)),
]
CASES = [Case(*row) for row in TABLE]


def among(cases):
    """Return the mark that runs a test over cases; those of one case in turn, so that they share its programs."""
    return instances("case", cases, class_of=lambda case: case.name, ids=repr, scope="module")
