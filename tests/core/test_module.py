"""Trees of objects: the walk that finds their boxes, and `pure`, the door to programs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import layers, regularizers
from hornet.core.frame import current_frame
from hornet.core.module import Module, boxes, partition, pure, store, values_of
from hornet.core.names import reset_names, unique_name
from hornet.core.variable import Box, Hyperparameter, Number, Variable


class Leaf(Module):
    rate = Hyperparameter(at_least=0.0)

    def __init__(self, value=1.0):
        self.moving = Variable(0.0, trainable=False)
        self.weight = Variable(value)
        self.rate = 0.5

    def apply(self, x):
        self.moving.assign_add(1.0)
        current_frame().losses.append(self.weight * self.rate)
        return self.weight * x + self.rate


class Tree(Module):
    def __init__(self, **parts):
        vars(self).update(parts)


# --- the walk ---------------------------------------------------------------------------------------------


def paths(root, kind=Variable):
    return list(boxes(root, kind))


def test_a_path_names_the_way_through_attributes_lists_and_dicts():
    shared = Leaf()
    tree = Tree(stack=[Leaf(), (Leaf(),)], heads={"left": Leaf(), 2: shared}, again=shared, other=3, name="tree")
    assert paths(tree) == [
        "stack/0/weight",
        "stack/0/moving",
        "stack/1/0/weight",
        "stack/1/0/moving",
        "heads/left/weight",
        "heads/left/moving",
        "heads/2/weight",
        "heads/2/moving",
    ]


def test_an_object_comes_with_its_own_trainable_variables_first_then_its_others_then_its_parts():
    tree = Tree(
        part=Leaf(), still=Variable(0.0, trainable=False), first=Variable(1.0), second=Variable(2.0), last=Leaf()
    )
    assert paths(tree) == ["first", "second", "still", "part/weight", "part/moving", "last/weight", "last/moving"]
    assert paths(tree, Number) == ["part/rate", "last/rate"]
    assert set(paths(tree, Box)) == {*paths(tree), *paths(tree, Number)}


def test_a_shared_object_is_there_once_under_its_first_path():
    leaf, variable = Leaf(), Variable(1.0)
    assert paths(Tree(a=leaf, b=[leaf])) == ["a/weight", "a/moving"]
    assert paths({"x": variable, "y": variable}) == ["x"]


def test_objects_that_hold_each_other_are_walked_once():
    one, other = Tree(weight=Variable(1.0)), Tree()
    one.other, other.one = other, one
    assert paths(one) == ["weight"]
    assert paths(other) == ["one/weight"]


def test_numbers_of_a_weight_s_regularizer_are_found():
    dense = layers.Dense(2, kernel_regularizer=regularizers.L2(0.25), activity_regularizer="l1")
    dense.build((None, 3))
    numbers = boxes(dense, Number)
    assert sorted(one.value for one in numbers.values()) == [0.01, 0.25]
    assert all("regularizer" in path for path in numbers)


def test_things_that_hold_no_boxes_are_passed_over():
    assert paths(Tree(text="abc", number=3, array=np.zeros(3), function=len, nothing=None, kind=Leaf)) == []
    assert paths([]) == paths({}) == paths(None) == []


def test_trainable_and_other_variables_part_the_variables():
    tree = Tree(a=Leaf(), b=Leaf())
    assert tree.variables == [tree.a.weight, tree.a.moving, tree.b.weight, tree.b.moving]
    assert tree.trainable_variables == [tree.a.weight, tree.b.weight]
    assert tree.non_trainable_variables == [tree.a.moving, tree.b.moving]


# --- pure -------------------------------------------------------------------------------------------------


@pytest.fixture
def leaf():
    return Leaf()


STATE = {"weight": jnp.array(3.0), "moving": jnp.array(10.0), "rate": 0.25}


def untouched(leaf):
    return (float(leaf.weight), float(leaf.moving), leaf.rate) == (1.0, 0.0, 0.5)


def test_a_pure_call_reads_its_state_returns_a_new_one_and_changes_no_box(leaf):
    output, state, losses = pure(boxes(leaf, Box), leaf.apply)(STATE, 2.0)
    assert float(output) == 6.25
    assert {path: float(value) for path, value in state.items()} == {"weight": 3.0, "moving": 11.0, "rate": 0.25}
    assert [float(loss) for loss in losses] == [0.75]
    assert float(STATE["moving"]) == 10.0
    assert untouched(leaf)


@pytest.mark.parametrize("transform", [jax.jit, lambda f: jax.vmap(f, in_axes=(None, 0)), lambda f: f])
def test_a_pure_call_runs_under_jit_and_vmap(leaf, transform):
    output, state, _ = transform(pure(boxes(leaf, Box), leaf.apply))(STATE, jnp.array([1.0, 2.0]))
    assert output.tolist() == [3.25, 6.25]
    assert np.all(state["moving"] == 11.0)
    assert untouched(leaf)


def test_a_population_is_one_program_with_one_axis_more(leaf):
    call = pure(boxes(leaf, Box), leaf.apply)
    state = {"weight": jnp.array([1.0, 2.0]), "moving": jnp.zeros(2), "rate": jnp.array([0.0, 1.0])}
    output, new_state, losses = jax.vmap(call, in_axes=(0, None))(state, 2.0)
    assert output.tolist() == [2.0, 5.0]
    assert new_state["moving"].tolist() == [1.0, 1.0]
    assert losses[0].tolist() == [0.0, 2.0]


def test_gradients_are_taken_of_the_state(leaf):
    call = pure(boxes(leaf, Box), leaf.apply)
    gradient = jax.grad(lambda state: call(state, 2.0)[0] + sum(call(state, 2.0)[2]))(STATE)
    assert {path: float(one) for path, one in gradient.items()} == {"weight": 2.25, "moving": 0.0, "rate": 4.0}
    assert untouched(leaf)


def test_state_under_other_paths_is_passed_over_and_a_missing_path_is_refused(leaf):
    call = pure(boxes(leaf, Box), leaf.apply)
    _, state, _ = call({**STATE, "of another": 1.0}, 2.0)
    assert set(state) == set(STATE)
    with pytest.raises(KeyError, match="rate"):
        call({"weight": 1.0, "moving": 0.0}, 2.0)


def test_training_and_key_are_those_of_the_frame():
    def seen():
        frame = current_frame()
        return frame.training, frame.key

    assert pure({}, seen)({})[0] == (False, None)
    assert pure({}, seen)({}, training=True, key=7)[0] == (True, 7)


def test_a_pure_call_inside_another_has_a_frame_of_its_own(leaf):
    inner = pure(boxes(leaf, Box), leaf.apply)
    _, state, losses = pure({}, lambda: inner(STATE, 2.0))({})[0]
    assert float(state["moving"]) == 11.0
    assert len(losses) == 1
    assert untouched(leaf)


def test_new_values_of_hyperparameters_compile_nothing(leaf):
    run = jax.jit(pure(boxes(leaf, Box), leaf.apply))
    run(values_of(boxes(leaf, Box)), 2.0)
    counted = ProgramCount()
    for leaf.rate in (0.1, 0.7, 3):
        output, _, _ = run(values_of(boxes(leaf, Box)), 2.0)
        np.testing.assert_allclose(output, 2.0 + leaf.rate, rtol=1e-6)
    assert counted() == 0


def test_the_counter_of_compiles_counts():
    counted = ProgramCount()
    jax.jit(lambda x: x * 2.0 + 1.0)(np.float32(1.0))
    assert counted() == 1


def test_store_puts_results_back(leaf):
    held = boxes(leaf, Variable)
    _, state, _ = pure(boxes(leaf, Box), leaf.apply)({**values_of(held), "rate": 0.0}, 1.0)
    store(held, {path: state[path] for path in held})
    assert float(leaf.moving) == 1.0


# --- names ------------------------------------------------------------------------------------------------


def test_automatic_names_count_by_class_until_they_are_reset():
    class BatchThing:
        pass

    reset_names()
    assert [unique_name(BatchThing) for _ in range(3)] == ["batch_thing", "batch_thing_1", "batch_thing_2"]
    assert unique_name(Leaf) == "leaf"
    reset_names()
    assert unique_name(BatchThing) == "batch_thing"


# --- which variables are trained ----------------------------------------------------------------------------


def test_one_partition_says_what_is_trained_and_what_is_a_total():
    model = hornet.Sequential([hornet.layers.Dense(2, kernel_regularizer="l2"), hornet.layers.BatchNormalization()])
    model.build((None, 3))
    model.layers[1].seen = hornet.metrics.Mean(name="seen")
    parts = partition(model)
    assert list(parts.trained) == [
        "dense/kernel",
        "dense/bias",
        "batch_normalization/gamma",
        "batch_normalization/beta",
    ]
    assert list(parts.metrics) == [path for path in parts.not_trained if "/seen/" in path] != []
    assert [one.name for one in parts.weights.values()] == [one.name for one in model.weights]
    assert "dense/kernel/regularizer/l2" in parts.hyperparameters
    assert {*parts.trained, *parts.not_trained, *parts.hyperparameters} == set(parts.boxes)


@pytest.mark.parametrize("freeze", ["whole", "layer"])
def test_a_frozen_part_moves_to_the_other_side(freeze):
    model = hornet.Sequential([hornet.layers.Dense(2), hornet.layers.Dense(1)])
    model.build((None, 3))
    (model if freeze == "whole" else model.layers[0]).trainable = False
    parts = partition(model)
    assert list(parts.trained) == ([] if freeze == "whole" else ["dense_1/kernel", "dense_1/bias"])
    assert list(parts.variables) == [*parts.not_trained, *parts.trained]
    assert model.trainable_variables == list(parts.trained.values())
