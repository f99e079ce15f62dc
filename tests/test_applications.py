"""Nets that Keras builds run here."""

import keras
import numpy as np
import pytest

import hornet
from hornet import applications, layers, models

rng = np.random.default_rng(0)
X = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
FILES = [
    pytest.param("ConvNeXtTiny", marks=pytest.mark.full),
    pytest.param("InceptionResNetV2", marks=pytest.mark.full),
    *(  # of layers that others have, too
        pytest.param(name, marks=pytest.mark.peers)
        for name in ("DenseNet121", "EfficientNetV2B0", "MobileNetV3Small", "NASNetMobile", "ResNet50")
    ),
]
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # of Keras's variables
MODES = {"resnet50": "caffe", "mobilenet": "tf", "densenet": "torch", "efficientnet": None}


@pytest.fixture(scope="module")
def net():
    keras.utils.set_random_seed(0)
    return applications.MobileNet(weights=None, alpha=0.25, input_shape=(32, 32, 3), classes=4)


def test_a_net_predicts_as_keras_does(net, tmp_path):
    twin = keras.applications.MobileNet(weights=None, alpha=0.25, input_shape=(32, 32, 3), classes=4)
    twin.set_weights(net.get_weights())
    np.testing.assert_allclose(net.predict(X, verbose=0), twin.predict(X, verbose=0), atol=1e-5)


def test_a_net_is_cut_frozen_and_trained_on(net):
    body = hornet.Model(net.input, net.get_layer("global_average_pooling2d").output)
    body.trainable = False
    before = [np.array(weight) for weight in body.get_weights()]
    inputs = hornet.Input((32, 32, 3))
    scaled = applications.mobilenet.preprocess_input(inputs)
    outputs = layers.Dense(2, "softmax")(layers.Flatten()(body(scaled, training=False)))
    model = hornet.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, np.array([0, 1]), verbose=0)
    assert len(model.trainable_weights) == 2
    for weight, was in zip(body.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, was)


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    [
        "ConvNeXtTiny",
        "DenseNet121",
        "EfficientNetV2B0",
        "InceptionResNetV2",
        "MobileNetV3Small",
        "NASNetMobile",
        "ResNet50",
    ],
)
def test_files_of_keras_s_nets(name, tmp_path):
    size = 75 if name == "InceptionResNetV2" else 32
    twin = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(size, size, 3), pooling="avg"
    )
    twin.save(tmp_path / "net.keras")
    net = models.load_model(tmp_path / "net.keras")
    x = np.resize(X, (2, size, size, 3))
    expected = np.asarray(twin(x, training=False))
    np.testing.assert_allclose(net.predict(x, verbose=0), expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    cut = models.Model(net.input, net.layers[-2].output)
    assert cut.output_shape == twin.layers[-2].output.shape


@pytest.mark.parametrize("family", MODES)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_pictures_are_scaled_as_in_keras(family, data_format):
    x = X if data_format == "channels_last" else X.transpose(0, 3, 1, 2)
    expected = getattr(keras.applications, family).preprocess_input(x.copy(), data_format)
    found = getattr(applications, family).preprocess_input(x, data_format)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
    assert isinstance(found, np.ndarray)


def test_families_are_imported_as_modules_are():
    from hornet.applications.resnet50 import ResNet50, preprocess_input

    assert ResNet50 is applications.ResNet50
    assert preprocess_input(X).shape == X.shape


def test_a_tensor_of_a_drawn_model_is_no_tensor_of_keras(monkeypatch):
    with pytest.raises(ValueError, match=r"Call the net: `ResNet50\(\)\(x\)`"):
        applications.ResNet50(input_tensor=hornet.Input((32, 32, 3)))
    monkeypatch.setitem(__import__("sys").modules, "keras", None)
    with pytest.raises(ImportError, match="pip install keras"):
        applications.ResNet50()
