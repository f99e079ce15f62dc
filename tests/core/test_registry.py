"""Closed tables from names to members."""

import importlib
import re

import keras
import pytest

import hornet
from hornet import layers
from hornet.core.config import Configurable
from hornet.core.registry import Registry, custom_object_scope, snake_case


@pytest.fixture
def shapes():
    registry = Registry("shape", "keras.shapes")

    @registry.register("circle", "round")
    class Circle(Configurable):
        def __init__(self, radius=1.0):
            self.radius = radius

    @registry.register("flat")
    def line(x):
        return x

    return registry


def test_a_member_answers_to_its_own_name_and_its_aliases(shapes):
    assert list(shapes) == ["Circle", "circle", "round", "line", "flat"]
    assert shapes["Circle"] is shapes["circle"] is shapes["round"]
    assert "round" in shapes
    assert "square" not in shapes


@pytest.mark.parametrize("identifier", ["round", "Circle", {"class_name": "Circle"}])
def test_get_makes_an_object_of_a_name_or_a_config(shapes, identifier):
    found = shapes.get(identifier)
    assert (type(found), found.radius) == (shapes["Circle"], 1.0)


def test_get_takes_classes_configs_objects_functions_and_none(shapes):
    circle = shapes["Circle"]
    assert shapes.get(None) is None
    assert isinstance(shapes.get(circle), circle)
    assert shapes.get({"class_name": "round", "config": {"radius": 3.0}}).radius == 3.0
    own = circle(2.0)
    assert shapes.get(own) is own
    assert shapes.get("flat") is shapes["line"]
    assert shapes.get({"class_name": "line", "config": None}) is shapes["line"]
    assert shapes.get(len) is len


def test_a_config_that_an_object_wrote_is_read_back(shapes):
    circle = shapes["Circle"](2.0)
    again = shapes.get({"class_name": "Circle", "config": circle.get_config()})
    assert again.get_config() == {"radius": 2.0}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("cirkle", "Did you mean 'circle'?"),
        ("FLAT", "Did you mean 'flat'?"),
        ("zzz", "Use one of: Circle, circle, flat, line, round."),
    ],
)
def test_an_unknown_name_gets_the_nearest_or_all(shapes, name, advice):
    for ask in (shapes.get, shapes.__getitem__):
        with pytest.raises(ValueError, match=f"^{re.escape(f'There is no shape named {name!r}. {advice}')}$"):
            ask(name)


def test_a_description_of_what_is_unknown_says_how_it_is_passed(shapes):
    text = r"no shape named 'zzz'\. If it is your own, pass it: `custom_objects=\{'zzz': zzz\}`\.$"
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match=text):
            shapes.get({"class_name": "zzz"})
    with pytest.raises(ValueError, match=r"named 'cirkle'\. Did you mean 'circle'\? If it"):
        shapes.get({"class_name": "cirkle"})


@pytest.mark.parametrize("identifier", [3, 2.5, ["circle"]])
def test_what_is_no_identifier_is_refused(shapes, identifier):
    with pytest.raises(TypeError, match=r" is not a valid shape\. Pass a name, an object or a function\."):
        shapes.get(identifier)


def test_a_config_without_a_class_name_is_refused(shapes):
    with pytest.raises(
        ValueError, match=r"A config of a shape needs \"class_name\"\. Pass what `serialize` returned\."
    ):
        shapes.get({"name": "circle"})


def test_two_members_cannot_share_a_name(shapes):
    with pytest.raises(ValueError, match="two members of the family 'shape' named 'round'"):

        @shapes.register("round")
        class Ball:
            pass


def test_members_know_the_module_in_which_keras_keeps_them(shapes):
    assert shapes["Circle"]._keras_module == "keras.shapes"


@pytest.mark.parametrize(
    "name",
    ["Dense", "BatchNormalization", "ReLU", "Conv2D", "RMSprop", "GRUCell", "Conv2DTranspose", "PReLU", "My_Net"],
)
def test_names_are_written_as_keras_writes_them(name):
    from keras.src.utils.naming import to_snake_case

    assert snake_case(name) == to_snake_case(name)


# --- a user's own classes and functions -----------------------------------------------------------------


class Square(Configurable):
    def __init__(self, side=1.0, label=None):
        self.side = side
        self.label = label


def curve(x):
    return x


OWN = {"Square": Square, "curve": curve, "circle": curve}
SAVED = {"module": "mine", "class_name": "Square", "config": {"side": 2.0}, "registered_name": "mine>Square"}


def test_own_objects_are_known_for_one_call(shapes):
    assert isinstance(shapes.get("Square", OWN), Square)
    assert shapes.get("curve", OWN) is curve
    assert shapes.get("circle", OWN) is curve  # before the member of that name
    assert shapes.get({"class_name": "Square", "config": {"side": 3.0}}, OWN).side == 3.0
    assert shapes.get({"class_name": "curve"}, OWN) is curve
    with pytest.raises(ValueError, match="no shape named 'Square'"):
        shapes.get("Square")


def test_own_objects_are_known_within_a_scope(shapes):
    with custom_object_scope({"curve": curve}):
        with custom_object_scope({"Square": Square}):
            assert isinstance(shapes.get("Square"), Square)
            assert "curve" in shapes
        assert shapes.get("curve") is curve
        assert "Square" not in shapes
    assert "curve" not in shapes


def test_own_objects_are_found_inside_of_others(shapes):
    class Frame(Configurable):
        def __init__(self, inner):
            self.inner = shapes.get(inner)

    described = {"class_name": "Frame", "config": {"inner": SAVED}}
    assert shapes.get(described, {"Frame": Frame, "Square": Square}).inner.side == 2.0


def test_a_registered_name_comes_first(shapes):
    assert shapes.get(SAVED, {"mine>Square": Square}).side == 2.0
    assert shapes.get(SAVED, {"Square": Square}).side == 2.0


def test_a_saved_function_is_found_by_its_name(shapes):
    saved = {"module": "builtins", "class_name": "function", "config": "line", "registered_name": "function"}
    assert shapes.get(saved) is shapes["line"]
    assert shapes.get(saved | {"config": "curve"}, OWN) is curve
    with pytest.raises(ValueError, match=r"no shape named 'curv'\. Did you mean 'curve'"):
        shapes.get(saved | {"config": "curv"}, OWN)


def test_arrays_and_tuples_that_keras_describes_are_read_back(shapes):
    array = {"class_name": "__tensor__", "config": {"value": [1.0, 2.0], "dtype": "float32"}}
    config = {"side": {"class_name": "__tuple__", "items": [2, array]}, "label": {"inner": [array], "plain": "a"}}
    square = shapes.get({"class_name": "Square", "config": config}, OWN)
    size, values = square.side
    assert (size, values.dtype, values.tolist()) == (2, "float32", [1.0, 2.0])
    assert square.label["inner"][0].tolist() == [1.0, 2.0]
    assert square.label["plain"] == "a"


FAMILIES = ["activations", "constraints", "initializers", "layers", "losses", "metrics", "optimizers", "regularizers"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_reads_own_objects(family):
    deserialize = importlib.import_module(f"hornet.{family}").deserialize

    class OfNoFamily(layers.Layer):  # a name that no other test's class has
        pass

    described = {"class_name": "OfNoFamily", "config": {"name": "mine"}}
    assert deserialize(described, custom_objects={"OfNoFamily": OfNoFamily}).name == "mine"
    with pytest.raises(ValueError, match="named 'OfNoFamily'"):
        deserialize(described)


def test_own_activation_inside_of_a_layer():
    described = layers.serialize(layers.Dense(3)) | {"config": {"units": 3, "activation": "curve"}}
    assert layers.deserialize(described, custom_objects=OWN).activation is curve


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
def test_optimizers_of_keras_itself_become_members_with_their_config():
    """SciKeras hands such to `compile`."""
    optimizer = hornet.optimizers.get(keras.optimizers.Adam(0.5, beta_1=0.8))
    assert (type(optimizer), float(optimizer.learning_rate), optimizer.beta_1) == (hornet.optimizers.Adam, 0.5, 0.8)
    loss = keras.losses.Huber(2.0)
    assert hornet.losses.get(loss) is loss  # a function like any; its config leaves out the 2.0


def test_a_function_of_a_package_is_found_by_its_name_alone():
    def twice_and_one(x):
        return 2 * x + 1

    hornet.saving.register_keras_serializable("rest")(twice_and_one)
    described = {"module": "builtins", "class_name": "function", "registered_name": "function"}
    for name in ("twice_and_one", "rest>twice_and_one"):  # as Keras 3.6 wrote it, and as it is written now
        for library in (hornet, keras):
            if library is keras:
                keras.saving.register_keras_serializable("rest")(twice_and_one)
            found = library.saving.deserialize_keras_object({**described, "config": name})
            assert found is twice_and_one
