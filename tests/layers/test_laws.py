"""What must be true of every layer, over one table of instances."""

import copy
import inspect
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from hornet import activations, layers
from hornet.core import random
from hornet.core.config import constructor_arguments
from hornet.core.frame import current_frame
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Box, Variable
from hornet.layers.layer import registry
from hornet.layers.preprocessing import Preprocessing


class Integers(tuple):
    """The shape of an input that holds integers from 0 to 3."""

    __slots__ = ()


class Strings(tuple):
    """The shape of an input that holds letters from a to d."""

    __slots__ = ()


class Inner:
    """The layer that a wrapper is tried on, made anew for each test."""

    def __init__(self, name, **arguments):
        self.name, self.arguments = name, arguments

    def made(self, **more):
        return getattr(layers, self.name)(**self.arguments, **more)

    def __repr__(self):
        return self.name


# An instance: class, arguments, shape of an input or a list of shapes. A class without an instance fails the suite.
CASES = [
    ("Activation", {"activation": "relu"}, (5, 3)),
    ("Activation", {"activation": "softmax"}, (5, 2, 3)),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (5, 3)),
    ("ActivityRegularization", {}, (5, 2, 3)),
    ("Add", {}, [(5, 3), (5, 3)]),
    ("Add", {}, [(5, 3), (5, 2, 1), (5, 1, 3)]),
    ("AlphaDropout", {"rate": 0.0}, (5, 3)),
    ("AlphaDropout", {"rate": 0.4}, (5, 3)),
    ("AlphaDropout", {"rate": 0.4, "noise_shape": (None, 1, 3), "seed": 3}, (5, 2, 3)),
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
    ("Dropout", {"rate": 0.0}, (5, 3)),
    ("Dropout", {"rate": 0.5}, (5, 3)),
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
    ("GaussianDropout", {"rate": 0.0}, (5, 3)),
    ("GaussianDropout", {"rate": 0.4, "seed": 3}, (5, 3)),
    ("GaussianNoise", {"stddev": 0.0}, (5, 3)),
    ("GaussianNoise", {"stddev": 0.4, "seed": 3}, (5, 3)),
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
    ("Multiply", {}, [(5, 3), (5, 3), (5, 3)]),
    ("Multiply", {}, [(5, 2, 3), (5, 3)]),
    ("Normalization", {}, (5, 3)),
    ("Normalization", {"axis": None}, (5, 3)),
    ("Normalization", {"axis": (-1, 1)}, (5, 2, 3)),
    ("Normalization", {"axis": 1, "invert": True}, (5, 2, 3)),
    ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [0.0, 2.0, 4.0]}, (5, 3)),
    ("Normalization", {"axis": [1, 2], "mean": [1.0, 2.0, 3.0], "variance": [0.5, 2.0, 4.0]}, (5, 2, 3)),
    ("Normalization", {"mean": 2.0, "variance": 4.0, "invert": True}, (5, 3)),
    ("PReLU", {}, (5, 3)),
    ("PReLU", {"shared_axes": [1]}, (5, 2, 3)),
    ("PReLU", {"shared_axes": 2, "alpha_regularizer": "l2", "alpha_constraint": "non_neg"}, (5, 2, 3)),
    ("Permute", {"dims": (2, 1)}, (5, 2, 3)),
    ("Permute", {"dims": [3, 1, 2]}, (5, 2, 3, 4)),
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
    ("Softmax", {}, (5, 3)),
    ("Softmax", {"axis": 1}, (5, 2, 3)),
    ("Softmax", {"axis": (1, 2)}, (5, 2, 3)),
    ("SpatialDropout1D", {"rate": 0.0}, (5, 2, 3)),
    ("SpatialDropout1D", {"rate": 0.4, "seed": 3}, (5, 2, 3)),
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
]


def label(name, arguments, shape):
    said = (f"{key}={getattr(value, '__name__', value)}" for key, value in arguments.items())
    return f"{name}-{'-'.join(said) or 'plain'}-{shape}"


def among(cases):
    return pytest.mark.parametrize(("name", "arguments", "shape"), cases, ids=[label(*case) for case in cases])


def runs_in_keras(case):
    return case[0] not in ("Hashing", "IntegerLookup", "StringLookup")  # whose own need TensorFlow: see the goldens


def may_be_in_a_program(case):
    return case[0] != "StringLookup" and not isinstance(case[2], Strings)  # XLA has no strings


def gives_tokens(case):
    """Return whether outputs are integers or strings, whose type is their own and which have no gradient."""
    name, arguments, _ = case
    kinds = ("Discretization", "Hashing", "IntegerLookup", "StringLookup")
    return name in kinds and arguments.get("output_mode", "int") == "int"


ALL = among(CASES)
TWINS = among(list(filter(runs_in_keras, CASES)))
PROGRAMS = among(list(filter(may_be_in_a_program, CASES)))
NUMBERS = among([case for case in CASES if not gives_tokens(case)])
BOTH = pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def test_every_layer_has_a_case():
    public = [getattr(layers, name) for name in layers.__all__]
    members = {one.__name__ for one in public if isinstance(one, type) and issubclass(one, layers.Layer)}
    registered = {registry[name].__name__ for name in registry if registry[name].keras_module == "keras.layers"}
    assert {name for name, _, _ in CASES} == registered == members - {"Layer", "Wrapper"}


def plain(name, arguments, **more):
    """Return a layer that is not built."""
    arguments = {key: one.made(**more) if isinstance(one, Inner) else one for key, one in arguments.items()}
    return getattr(layers, name)(**arguments, **more)


def any_batch(shape):
    return [any_batch(one) for one in shape] if isinstance(shape, list) else (None, *shape[1:])


def learns(name, arguments):
    """Return whether a layer computes nothing before `adapt`; `Normalization` does, and has its state in weights."""
    given = {"Discretization": "bin_boundaries", "IntegerLookup": "vocabulary", "StringLookup": "vocabulary"}
    return name in given and given[name] not in arguments


def made(name, arguments, shape, **more):
    """Return a built layer with weights and statistics that are no round numbers."""
    layer = plain(name, arguments, **more)
    layer.build_on(any_batch(shape))
    if learns(name, arguments):
        layer.adapt(data(shape, seed=7))
    rng = np.random.default_rng(1)
    for variable in layer.weights:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return layer


def theirs(layer, shape):
    """Return Keras's layer of the same configuration and weights."""
    twin = getattr(keras.layers, type(layer).__name__).from_config(layer.get_config())
    if not twin.built:
        twin.build(any_batch(shape))
    twin.set_weights(layer.get_weights())
    if isinstance(twin, keras.layers.Normalization):
        twin.finalize_state()  # it computes with what it made of its weights here
    return twin


def data(shape, dtype="float32", seed=2):
    if isinstance(shape, list):
        return [data(one, dtype, seed + index) for index, one in enumerate(shape)]
    rng = np.random.default_rng(seed)
    if isinstance(shape, Strings):
        return rng.choice(list("abcd"), shape)
    return rng.integers(4, size=shape) if isinstance(shape, Integers) else rng.normal(size=shape).astype(dtype)


def objective(layer, shape, training):
    """Return `(weights, other state, x) -> (scalar, (output, new state))`, penalties included, and its arguments."""
    held = boxes(layer, Box)
    trained = {path for path, box in held.items() if isinstance(box, Variable) and box.trainable}

    def forward(x):
        output = layer(x)
        penalties = [held[path].regularizer(held[path].value) for path in sorted(trained) if held[path].regularizer]
        return output, sum(penalties) + sum(current_frame().losses)

    call = pure(held, forward)

    def scalar(weights, rest, x):
        (output, penalty), state, _ = call({**weights, **rest}, x, training=training, key=random.key_data(5))
        direction = np.cos(np.arange(np.size(output), dtype=output.dtype)).reshape(output.shape)
        return jnp.sum(output * direction) + penalty, (output, state)

    state = values_of(held)
    weights = {path: state[path] for path in held if path in trained}
    return scalar, weights, {path: state[path] for path in held if path not in trained}


def their_objective(twin, training):
    mode = {"training": training} if twin._call_has_training_arg else {}

    def scalar(weights, x):
        state = list(zip(twin.trainable_variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=state, collect_losses=True):  # `stateless_call` forgets activities
            output, losses = twin(x, **mode), twin.losses
        direction = np.cos(np.arange(np.size(output), dtype="float32")).reshape(output.shape)
        return jnp.sum(output * direction) + sum(losses), output

    return scalar, [one.value for one in twin.trainable_variables]


# --- parity with Keras ------------------------------------------------------------------------------------


@ALL
def test_arguments_and_defaults_are_those_of_keras(name, arguments, shape):
    ours, keras_ = (inspect.signature(getattr(module, name).__init__).parameters for module in (layers, keras.layers))
    positional = [one for one in keras_.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    for one in positional:
        if one.name in ours:
            assert one.default == ours[one.name].default
    shared = [one.name for one in positional if one.name in ours]
    assert shared == [one for one in ours if one in shared]


@TWINS
def test_weights_have_the_names_shapes_and_order_of_keras(name, arguments, shape):
    layer = made(name, arguments, shape)
    twin = theirs(layer, shape)
    assert [(one.name, one.shape, one.trainable) for one in layer.weights] == [
        (one.name, one.shape, one.trainable and twin.trainable) for one in twin.weights
    ]
    assert layer.count_params() == twin.count_params()
    assert [one.name for one in layer.trainable_weights] == [one.name for one in twin.trainable_weights]
    assert [one.name for one in layer.non_trainable_weights] == [one.name for one in twin.non_trainable_weights]


def has_a_twin(case, training):
    name, arguments, shape = case
    if name == "InputLayer" or not runs_in_keras(case):  # Keras's cannot be called
        return False
    if name == "RMSNormalization" and arguments.get("axis") == 1:  # Keras's takes the last axes alone
        return False
    # In inference Keras's forgets to normalize; of integers it makes integers.
    if name == "SpectralNormalization" and (not training or isinstance(shape, Integers)):
        return False
    strength = arguments.get("rate", arguments.get("stddev"))  # test_dropout.py holds the laws of the draws
    return not training or strength in (None, 0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "training"),
    [
        pytest.param(*case, training, id=f"{label(*case)}-{'training' if training else 'inference'}")
        for case in CASES
        for training in (False, True)
        if has_a_twin(case, training)
    ],
)
def test_outputs_and_gradients_are_those_of_keras(name, arguments, shape, training):
    layer, x = made(name, arguments, shape), data(shape)
    scalar, weights, rest = objective(layer, shape, training)
    their_scalar, their_weights = their_objective(theirs(layer, shape), training)
    moving, theirs_moving = ((0,), (0,)) if isinstance(shape, Integers) else ((0, 2), (0, 1))
    ours, keras_s = (  # as one program each, which compiles much sooner than each of their operations
        jax.jit(jax.value_and_grad(function, arguments, has_aux=True))
        for function, arguments in ((scalar, moving), (their_scalar, theirs_moving))
    )
    (value, (output, _)), gradients = ours(weights, rest, x)
    (their_value, their_output), expected = keras_s(their_weights, x)
    np.testing.assert_allclose(output, their_output, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(value, their_value, rtol=1e-5, atol=1e-6)
    of_weights = [gradients[0][path] for path in weights]  # as a pytree a dict is sorted
    for ours, other in zip(*map(jax.tree.leaves, ((of_weights, gradients[1:]), expected)), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-5)


@KERAS_WARNS
@pytest.mark.parametrize(("name", "arguments", "shape"), [case for case in CASES if case[0] == "BatchNormalization"])
def test_statistics_follow_a_training_call_as_in_keras(name, arguments, shape):
    layer, x = made(name, arguments, shape), data(shape)
    twin = theirs(layer, shape)
    layer(x, training=True)
    twin(x, **({"training": True} if twin._call_has_training_arg else {}))
    for ours, other in zip(layer.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-6)


# --- shapes and programs ----------------------------------------------------------------------------------


def traced(layer, shape, training):
    """Return the shape and type of what a layer makes of data, found by tracing the call where there are no strings."""
    held = boxes(layer, Box)
    if isinstance(shape, Strings):
        return layer(data(shape), training=training)
    call = partial(pure(held, layer), training=training, key=random.key_data(0))
    return jax.eval_shape(call, values_of(held), data(shape))[0]


@BOTH
@PROGRAMS
def test_the_inferred_shape_is_the_real_one(name, arguments, shape, training):
    layer = made(name, arguments, shape)
    inferred = layer.compute_output_shape(any_batch(shape))
    output = traced(layer, shape, training)
    assert inferred == (None, *output.shape[1:])
    assert layer.compute_output_shape(shape) == output.shape
    if name != "InputLayer" and runs_in_keras((name, arguments, shape)):  # Keras's has no such method
        expected = theirs(layer, shape).compute_output_shape(any_batch(shape))
        assert len(inferred) == len(expected)
        assert all(other in (one, None) for one, other in zip(inferred, expected, strict=True))


@BOTH
@PROGRAMS
def test_eager_and_compiled_calls_agree(name, arguments, shape, training):
    layer, x = made(name, arguments, shape), data(shape)
    held = boxes(layer, Box)
    random.set_random_seed(3)
    key = random.key_data(random.next_seed())
    compiled = jax.jit(pure(held, layer), static_argnames="training")
    output, state, _ = compiled(values_of(held), x, training=training, key=key)
    random.set_random_seed(3)
    np.testing.assert_allclose(layer(x, training=training), output, rtol=1e-6, atol=1e-6)
    for path, box in held.items():
        np.testing.assert_allclose(box.value, state[path], rtol=1e-6)


@PROGRAMS
def test_a_compiled_call_changes_no_box(name, arguments, shape):
    layer = made(name, arguments, shape)
    before = layer.get_weights()
    jax.jit(pure(boxes(layer, Box), layer), static_argnames="training")(
        values_of(boxes(layer, Box)), data(shape), training=True, key=random.key_data(0)
    )
    for one, other in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


@ALL
def test_rows_do_not_depend_on_each_other_in_inference(name, arguments, shape):
    layer, x = made(name, arguments, shape), data(shape)
    alone, among = layer(jax.tree.map(lambda one: one[1:2], x)), layer(x)[1:2]
    if among.dtype.kind == "U":
        np.testing.assert_array_equal(alone, among)
    else:
        np.testing.assert_allclose(alone, among, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@NUMBERS
def test_outputs_have_the_layer_s_type(name, arguments, shape, dtype):
    layer = made(name, arguments, shape, dtype=dtype)
    for training in (False, True):
        assert traced(layer, shape, training).dtype == dtype
    assert {str(one.dtype) for one in layer.weights if one.name != "count"} <= {dtype}


def has_an_exact_gradient(case):
    name, arguments, _ = case  # power iteration's vectors count as constants, which is exact once they have converged
    if name == "SpectralNormalization" and arguments.get("power_iterations", 1) < 20:
        return False
    return not gives_tokens(case) and not isinstance(case[2], Strings)


@BOTH
@pytest.mark.parametrize(("name", "arguments", "shape"), list(filter(has_an_exact_gradient, CASES)))
def test_gradients_are_finite_differences(name, arguments, shape, training):
    with jax.enable_x64():
        layer = made(name, arguments, shape, dtype="float64")
        scalar, weights, rest = objective(layer, shape, training)
        x = jax.tree.map(jnp.asarray, data(shape, "float64"))
        fixed = isinstance(shape, Integers)
        point = (weights, {} if fixed else x)
        rng = np.random.default_rng(6)
        along = jax.tree.map(lambda one: rng.normal(size=one.shape), point)

        @jax.jit
        def at(point):
            return scalar(point[0], rest, x if fixed else point[1])[0]

        def moved(distance):
            return at(jax.tree.map(lambda one, direction: one + distance * direction, point, along))

        gradient = jax.jit(jax.grad(at))(point)
        slope = sum(
            jnp.vdot(one, direction) for one, direction in zip(*map(jax.tree.leaves, (gradient, along)), strict=True)
        )
        np.testing.assert_allclose(slope, (moved(1e-6) - moved(-1e-6)) / 2e-6, rtol=1e-6, atol=1e-7)


# --- configs ----------------------------------------------------------------------------------------------


@ALL
def test_a_layer_is_rebuilt_from_its_config(name, arguments, shape):
    layer = plain(name, arguments)
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert again.structure() == layer.structure()
    left_out = {"activity_regularizer"} if name == "ActivityRegularization" else set()
    if isinstance(layer, Preprocessing):
        left_out = {"activity_regularizer", "trainable"}
    assert set(arguments) <= set(config) == set(constructor_arguments(type(layer))) - left_out


@ALL
def test_a_rebuilt_layer_computes_the_same(name, arguments, shape):
    layer = made(name, arguments, shape)
    again = type(layer).from_config(layer.get_config())
    again.build_on(any_batch(shape))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(data(shape)), layer(data(shape)))


def agree(ours, theirs):
    """Return whether two configs say the same of what both know."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        known = set(ours) & set(theirs) - {"dtype", "noise_shape"}
        return all(agree(ours[key], theirs[key]) for key in known)
    if isinstance(ours, list) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    return ours == theirs


@TWINS
def test_keras_reads_the_config_and_writes_the_same(name, arguments, shape):
    config = plain(name, arguments).get_config()
    twin = getattr(keras.layers, name).from_config(copy.deepcopy(config))
    written = twin.get_config()
    assert {"name", *arguments} - set(written) <= {"noise_shape", "shape"}
    assert agree(config, written)
    assert twin.dtype == config["dtype"]


@TWINS
def test_keras_s_description_is_read(name, arguments, shape):
    layer = plain(name, arguments)
    twin = getattr(keras.layers, name).from_config(layer.get_config())
    again = layers.deserialize(keras.layers.serialize(twin))
    assert again.get_config() == layer.get_config()
