"""Functions of nested structures against Keras's."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import keras
import pytest

from hornet import tree

Point = namedtuple("Point", "x y")
STRUCTURES = [
    1,
    None,
    [],
    {},
    [1, None, [2, (3,)]],
    {"b": 1, "a": [2]},
    OrderedDict(b=1, a=[2]),
    defaultdict(list, b=1, a=[2]),
    deque([1, 2], maxlen=3),
    Point(1, {"z": 0}),
    {100: 1, 6: 2},
    {"a": 1, 2: 3},
    (1, 2),
    [(None, 3), {"a": [4, None]}],
]
LEAVES = {
    "flatten": lambda tree, x: tree.flatten(x),
    "flatten_with_path": lambda tree, x: tree.flatten_with_path(x),
    "is_nested": lambda tree, x: tree.is_nested(x),
    "lists_to_tuples": lambda tree, x: tree.lists_to_tuples(x),
    "map_structure": lambda tree, x: tree.map_structure(lambda leaf: (leaf,), x),
    "map_structure past None": lambda tree, x: tree.map_structure(lambda leaf: (leaf,), x, none_is_leaf=False),
    "map_shape_structure": lambda tree, x: tree.map_shape_structure(str, x),
    "pack_sequence_as": lambda tree, x: tree.pack_sequence_as(x, "abc"),
    "traverse, replacing": lambda tree, x: tree.traverse(lambda part: tree.MAP_TO_NONE if part == 2 else None, x),
    "traverse down": lambda tree, x: visited(tree, x, True),
    "traverse up": lambda tree, x: visited(tree, x, False),
}
TWO = {
    "assert_same_structure": lambda tree, a, b: tree.assert_same_structure(a, b),
    "assert_same_paths": lambda tree, a, b: tree.assert_same_paths(a, b),
    "map_structure": lambda tree, a, b: tree.map_structure(lambda x, y: (x, y), a, b),
    "map_structure past None": lambda tree, a, b: tree.map_structure(lambda x, y: (x, y), a, b, none_is_leaf=False),
}


def visited(tree, structure, top_down):
    parts = []
    return tree.traverse(parts.append, structure, top_down=top_down), parts


def outcome(call, *args):
    """Return what a call gives, in a form that shows types and orders, or that it refuses its arguments."""
    try:
        return repr(call(*args))
    except (TypeError, ValueError):
        return "refused"


@pytest.mark.parametrize("call", LEAVES)
def test_a_structure_gives_what_it_gives_in_keras(call):
    for structure in STRUCTURES:
        assert outcome(LEAVES[call], tree, structure) == outcome(LEAVES[call], keras.tree, structure), structure


@pytest.mark.parametrize("call", TWO)
def test_two_structures_give_what_they_give_in_keras(call):
    for a in STRUCTURES:
        for b in STRUCTURES:
            assert outcome(TWO[call], tree, a, b) == outcome(TWO[call], keras.tree, a, b), (a, b)


def test_a_function_maps_down_to_the_leaves_of_another_structure():
    """Keras's own example, on which its 3.15.1 raises: there `None` is no leaf of the shallow structure."""
    assert tree.map_structure_up_to([None, [None, None]], str, [[1, 1], [2, 2]]) == ["[1, 1]", ["2", "2"]]
    given = ([0, {"a": 0}], lambda x: [x], [(1, 2), {"a": 3}])
    assert tree.map_structure_up_to(*given) == keras.tree.map_structure_up_to(*given) == [[(1, 2)], {"a": [3]}]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: tree.map_structure(len), TypeError, "no structure to map"),
        (lambda: tree.map_structure(len), ValueError, "no structure to map"),
        (lambda: tree.traverse(1, [1]), TypeError, "`func` must be a function, not 1"),
        (lambda: tree.pack_sequence_as([1, 2], [3]), ValueError, "has 2 leaves, but `flat_sequence` 1"),
        (lambda: tree.assert_same_structure([1], (1,)), ValueError, "a list in one where the other has a tuple"),
        (lambda: tree.assert_same_structure({"a": 1}, {"b": 1}), ValueError, "other lengths or keys"),
        (lambda: tree.assert_same_paths([1], [1, 2]), ValueError, r"\[\(1,\)\] in the second"),
    ],
)
def test_what_does_not_fit_says_why(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_the_argument_that_has_no_effect_says_so():
    with pytest.warns(DeprecationWarning, match="`check_types` has no effect"):
        tree.assert_same_structure([1], [2], check_types=False)
