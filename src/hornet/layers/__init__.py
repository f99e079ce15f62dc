"""Keras's layers."""

from hornet.core.imports import publish
from hornet.layers import of_applications as of_applications  # which files of Keras hold, and nobody calls
from hornet.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from hornet.layers.attention import AdditiveAttention, Attention
from hornet.layers.augmentation_policies import AugMix, RandAugment
from hornet.layers.category_encoding import CategoryEncoding
from hornet.layers.colouring import (
    RandomBrightness,
    RandomColorDegeneration,
    RandomContrast,
    RandomHue,
    RandomSaturation,
    RandomSharpness,
)
from hornet.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution1D, Convolution2D, Convolution3D
from hornet.layers.cropping_images import CenterCrop, RandomCrop
from hornet.layers.date_parts import DateParts
from hornet.layers.dense import Dense
from hornet.layers.discretization import Discretization
from hornet.layers.distorting_images import RandomGaussianBlur, RandomPerspective
from hornet.layers.einsum_dense import EinsumDense
from hornet.layers.embedding import Embedding
from hornet.layers.function import Identity, Lambda
from hornet.layers.hashed_crossing import HashedCrossing
from hornet.layers.hashing import Hashing
from hornet.layers.input import Input, InputLayer
from hornet.layers.input_spec import InputSpec
from hornet.layers.integer_lookup import IntegerLookup
from hornet.layers.layer import Layer
from hornet.layers.masking import Masking
from hornet.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from hornet.layers.mixing_images import CutMix, MixUp, RandomErasing
from hornet.layers.moving_images import RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom
from hornet.layers.multi_head_attention import GroupQueryAttention, MultiHeadAttention
from hornet.layers.normalization import BatchNormalization
from hornet.layers.numeric_embedding import NumericEmbedding
from hornet.layers.pipeline import Pipeline
from hornet.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from hornet.layers.quantile_normalization import QuantileNormalization
from hornet.layers.recurrent.bidirectional import Bidirectional
from hornet.layers.recurrent.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from hornet.layers.recurrent.gru import GRU, GRUCell
from hornet.layers.recurrent.lstm import LSTM, LSTMCell
from hornet.layers.recurrent.rnn import RNN
from hornet.layers.recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from hornet.layers.recurrent.stacked_cells import StackedRNNCells
from hornet.layers.recurrent.time_distributed import TimeDistributed
from hornet.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from hornet.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from hornet.layers.resizing import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Resizing,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from hornet.layers.robust_normalization import RobustNormalization
from hornet.layers.row_normalization import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from hornet.layers.scaling import Normalization, Rescaling, Scale
from hornet.layers.separable_convolution import (
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    SeparableConvolution1D,
    SeparableConvolution2D,
)
from hornet.layers.serialization import deserialize, serialize
from hornet.layers.spectral_normalization import SpectralNormalization
from hornet.layers.string_lookup import StringLookup
from hornet.layers.text_numbers import TextNumbers
from hornet.layers.text_vectorization import TextVectorization
from hornet.layers.toning import (
    AutoContrast,
    Equalization,
    RandomColorJitter,
    RandomGrayscale,
    RandomInvert,
    RandomPosterization,
    Solarization,
)
from hornet.layers.transposed_convolution import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    Convolution1DTranspose,
    Convolution2DTranspose,
    Convolution3DTranspose,
)
from hornet.layers.wrapper import Wrapper

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "DateParts",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "NumericEmbedding",
    "PReLU",
    "Permute",
    "Pipeline",
    "QuantileNormalization",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "RobustNormalization",
    "Scale",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "TextNumbers",
    "TextVectorization",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

publish(__name__, __all__)
