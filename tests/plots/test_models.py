"""Pictures of models."""

import sys
from itertools import combinations
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import hornet
from hornet import layers, ops
from hornet.callbacks import History
from hornet.plots import layout, plot_model

RANKDIRS = ["TB", "BT", "LR", "RL"]


def stack(*more, name="stack"):
    return hornet.Sequential([*more, layers.Dense(3, "relu", name="hidden"), layers.Dense(1, name="out")], name=name)


def wide_and_deep():
    wide, deep = hornet.Input((5,), name="wide"), hornet.Input((6,), name="deep")
    hidden = layers.Dense(8, activation="relu", name="hidden1")(deep)
    hidden = layers.Dense(8, activation=layers.LeakyReLU(), trainable=False, name="hidden2")(hidden)
    joined = layers.Concatenate(name="joined")([wide, hidden])
    return hornet.Model([wide, deep], [layers.Dense(1, name="main")(joined), layers.Dense(1, name="aux")(hidden)])


def nested():
    """Models inside models, one of them called twice, and operations."""
    x = hornet.Input((4,), name="x")
    inner_input = hornet.Input((4,), name="inner_in")
    inner = hornet.Model(inner_input, layers.Dense(4, name="last")(stack()(inner_input)), name="inner")
    hidden = inner(x)
    return hornet.Model(x, layers.Dense(2, name="end")(ops.multiply(hidden, inner(hidden + x))), name="net")


def shared():
    """A layer that is called three times, once on its own output and once later on."""
    x = hornet.Input((4,), name="x")
    layer = layers.Dense(4, name="shared")
    hidden = layers.Dense(4, name="between")(layer(layer(x)))
    return hornet.Model(x, layers.Add(name="sum")([layer(layers.Dense(4, name="after")(hidden)), x]))


def heads():
    x = hornet.Input((4,), name="x")
    return hornet.Model(x, [layers.Dense(place + 1, name=f"head_{place}")(x) for place in range(7)])


class Net(hornet.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(4, name="first")
        self.inner = stack(name="inner")
        self.last = layers.Dense(1, name="last")

    def call(self, inputs):
        return self.last(self.inner(self.first(inputs)))


def a_class():
    model = Net()
    model(np.ones((2, 4)))
    return model


def around_a_class():
    x = hornet.Input((4,), name="x")
    return hornet.Model(x, layers.Dense(1, name="end")(a_class()(x)))


MODELS = {
    "stack": lambda: stack(layers.Input((4,))),
    "wide and deep": wide_and_deep,
    "nested": nested,
    "shared": shared,
    "heads": heads,
    "a class": a_class,
    "around a class": around_a_class,
}


def texts_of(path):
    tree = ElementTree.parse(path)
    return [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]


def written(tmp_path, model, **options):
    """Return the lines of text in the picture of a model."""
    with mpl.rc_context({"svg.fonttype": "none"}):
        assert plot_model(model, tmp_path / "model.svg", **options) is None
    return texts_of(tmp_path / "model.svg")


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """A function that returns the figure of a model instead of writing it."""

    def draw(model, **options):
        figures = []
        monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))
        plot_model(model, tmp_path / "model.png", **options)
        return figures[0]

    return draw


def boxes_and_arrows(figure):
    """Return the corners of the boxes and the points of the arrows."""
    patches = figure.axes[0].patches
    boxes = [one for one in patches if isinstance(one, FancyBboxPatch)]
    corners = [
        (one.get_x(), one.get_y(), one.get_x() + one.get_width(), one.get_y() + one.get_height()) for one in boxes
    ]
    return np.array(corners), [one._path_original.vertices for one in patches if isinstance(one, FancyArrowPatch)]


# --- what is written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize(("suffix", "head"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_file_of_the_kind_that_its_suffix_says_is_written(tmp_path, suffix, head, rankdir):
    path = tmp_path / f"model.{suffix}"
    assert plot_model(wide_and_deep(), path, rankdir=rankdir, dpi=40) is None
    assert path.read_bytes().startswith(head)
    assert plot_model(wide_and_deep(), str(path), dpi=40) is None


def test_classes_and_names_of_several_inputs_are_written_where_nothing_is_asked_for(tmp_path):
    found = written(tmp_path, wide_and_deep())
    assert sorted(found) == sorted([*["InputLayer"] * 2, "wide", "deep", *["Dense"] * 4, "Concatenate"])
    assert "x" not in written(tmp_path, heads())


def test_each_option_writes_its_lines(tmp_path):
    model = wide_and_deep()
    plain = written(tmp_path, model)
    lines = {
        "show_layer_names": ["hidden1", "hidden2", "joined", "main", "aux"],
        "show_shapes": [
            *["input: (None, 6)", "output: (None, 6)", "input: (None, 5)", "output: (None, 5)"],
            *["input: (None, 6)", "output: (None, 8)", "input: (None, 8)", "output: (None, 8)"],
            *["input: [(None, 5), (None, 8)]", "output: (None, 13)"],
            *["input: (None, 13)", "output: (None, 1)", "input: (None, 8)", "output: (None, 1)"],
        ],
        "show_dtype": ["dtype: float32"] * 7,
        "show_layer_activations": ["activation: relu", "activation: LeakyReLU"] + ["activation: linear"] * 2,
        "show_trainable": ["trainable: True"] * 3 + ["trainable: False"],
    }
    for option, expected in lines.items():
        assert sorted(written(tmp_path, model, **{option: True})) == sorted([*plain, *expected])
    everything = written(tmp_path, model, **dict.fromkeys(lines, True))
    assert sorted(everything) == sorted([*plain, *(line for one in lines.values() for line in one)])


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("case", MODELS)
def test_every_layer_is_there_whichever_way_the_graph_runs(tmp_path, case, rankdir):
    model = MODELS[case]()
    for expand_nested in (False, True):
        found = written(tmp_path, model, show_layer_names=True, rankdir=rankdir, expand_nested=expand_nested)
        rows = model._outline(expand_nested)
        assert sorted(found) == sorted([row.kind for row in rows] + [row.label for row in rows])


def test_names_are_no_formulas(tmp_path):
    model = hornet.Sequential([layers.Dense(1, name="a$x_1$ <&>", input_shape=(2,))])
    assert written(tmp_path, model, show_layer_names=True) == ["Dense", "a$x_1$ <&>"]


def test_a_layer_of_another_precision_says_so(tmp_path):
    model = hornet.Sequential([layers.Dense(1, input_shape=(2,), dtype="mixed_bfloat16")])
    assert written(tmp_path, model, show_dtype=True) == ["Dense", "dtype: bfloat16"]


# --- where boxes and arrows are -------------------------------------------------------------------------------


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("expand_nested", [False, True])
@pytest.mark.parametrize("case", MODELS)
def test_boxes_and_arrows_keep_clear_of_each_other(drawn, case, rankdir, expand_nested):
    figure = drawn(
        MODELS[case](), rankdir=rankdir, expand_nested=expand_nested, show_shapes=True, show_layer_names=True
    )
    boxes, arrows = boxes_and_arrows(figure)
    holding = set()
    for (left, bottom, right, top), (other_left, other_bottom, other_right, other_top) in combinations(boxes, 2):
        if left < other_left and bottom < other_bottom and right > other_right and top > other_top:
            holding.add((left, bottom))
        else:
            assert left >= other_right or other_left >= right or bottom >= other_top or other_bottom >= top
    assert len(holding) == sum(hasattr(row.operation, "_outline") for row in MODELS[case]()._outline(expand_nested)) * (
        expand_nested
    )
    layers_alone = np.array([box for box in boxes if tuple(box[:2]) not in holding])
    for points in arrows:
        along = np.linspace(points[:-1], points[1:], 50).reshape(-1, 2)[:, None]
        assert not ((along > layers_alone[:, :2] + 1e-4) & (along < layers_alone[:, 2:] - 1e-4)).all(axis=-1).any()
    axes = figure.axes[0]
    everything = np.concatenate([boxes[:, :2], boxes[:, 2:], *arrows])
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert (everything > [left, bottom]).all()
    assert (everything < [right, top]).all()


@pytest.mark.parametrize(("rankdir", "axis", "sign"), [("TB", 1, -1), ("BT", 1, 1), ("LR", 0, 1), ("RL", 0, -1)])
def test_the_graph_runs_where_it_is_told_to(drawn, rankdir, axis, sign):
    boxes, arrows = boxes_and_arrows(drawn(MODELS["stack"](), rankdir=rankdir))
    assert len(boxes) == 2
    [points] = arrows
    assert sign * (points[-1] - points[0])[axis] > 0
    assert (points[0] >= boxes[0, :2] - 1e-4).all()
    assert (points[0] <= boxes[0, 2:] + 1e-4).all()


def test_lines_of_text_stand_within_their_boxes(drawn):
    figure = drawn(nested(), show_shapes=True, show_layer_names=True, expand_nested=True)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [one.get_window_extent(renderer) for one in figure.axes[0].patches if isinstance(one, FancyBboxPatch)]
    for text in figure.axes[0].texts:
        extent = text.get_window_extent(renderer)
        assert any(
            box.x0 < extent.x0 and extent.x1 < box.x1 and box.y0 < extent.y0 and extent.y1 < box.y1 for box in boxes
        )


def arrows_by_name(figure):
    """Return pairs of names: the boxes at whose borders arrows begin and end."""
    boxes, arrows = boxes_and_arrows(figure)
    names = [text.get_text() for text in figure.axes[0].texts][1::2]

    def at(point):
        inside = np.minimum(point - boxes[:, :2], boxes[:, 2:] - point).min(axis=1)  # how far from the border
        [place] = np.flatnonzero(abs(inside) < 1e-4)
        return names[place]

    return sorted((at(points[0]), at(points[-1])) for points in arrows)


def test_arrows_run_from_each_layer_to_who_takes_its_output(drawn):
    found = arrows_by_name(drawn(wide_and_deep(), show_layer_names=True))
    assert found == sorted(
        [
            *[("deep", "hidden1"), ("hidden1", "hidden2"), ("wide", "joined"), ("hidden2", "joined")],
            *[("joined", "main"), ("hidden2", "aux")],
        ]
    )


def test_a_model_s_own_layers_stand_in_its_box(drawn):
    figure = drawn(nested(), show_layer_names=True, expand_nested=True)
    assert arrows_by_name(figure) == sorted(
        [
            *[("x", "inner"), ("add", "inner"), ("inner_in", "stack"), ("hidden", "out"), ("stack", "last")],
            *[("x", "add"), ("inner", "add"), ("inner", "multiply"), ("multiply", "end")],
        ]
    )
    names = [text.get_text() for text in figure.axes[0].texts][1::2]
    boxes = dict(zip(names, boxes_and_arrows(figure)[0], strict=True))
    for outer, inside in (("inner", "stack"), ("stack", "hidden"), ("stack", "out"), ("inner", "last")):
        assert (boxes[inside][:2] > boxes[outer][:2]).all()
        assert (boxes[inside][2:] < boxes[outer][2:]).all()
    assert boxes["end"][3] < boxes["inner"][1]


def test_a_box_is_as_wide_as_its_text(drawn):
    model = hornet.Sequential([layers.Dense(1, name="a", input_shape=(2,)), layers.Dense(1, name="a" * 60)])
    (left, _, right, _), (other_left, _, other_right, _) = boxes_and_arrows(drawn(model, show_layer_names=True))[0]
    assert right - left < (other_right - other_left) / 4


def test_layers_of_a_kind_share_a_colour(drawn):
    model = hornet.Sequential(
        [
            *[layers.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.SeparableConv2D(2, 3), layers.Flatten()],
            *[layers.Dense(2), layers.Dense(1)],
        ]
    )
    patches = [one for one in drawn(model).axes[0].patches if isinstance(one, FancyBboxPatch)]
    first, second, flat, dense, last = [one.get_facecolor() for one in patches]
    assert first == second
    assert dense == last
    assert len({first, flat, dense}) == 3
    for colour in (first, flat, dense):  # dark text is read on each
        assert min(colour[:3]) > 0.7


def many_inputs():
    given = [hornet.Input((1,), name=f"column_{place}") for place in range(30)]
    return hornet.Model(given, layers.Dense(1)(layers.Concatenate()(given)))


def residual():
    hidden = given = hornet.Input((4,))
    for _ in range(20):
        hidden = layers.Add()([hidden, layers.Dense(4)(layers.Dense(4, "relu")(hidden))])
    return hornet.Model(given, hidden)


LARGE = {
    "30 layers": lambda: hornet.Sequential([layers.Input((2,)), *(layers.Dense(2) for _ in range(30))]),
    "30 inputs": many_inputs,
    "20 blocks": residual,
}


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("case", LARGE)
def test_what_is_too_large_for_a_page_is_broken(drawn, case, rankdir):
    figure = drawn(LARGE[case](), rankdir=rankdir)
    width, height = figure.get_size_inches()
    assert max(width, height) < 16
    boxes, arrows = boxes_and_arrows(figure)
    for points in arrows:
        along = np.linspace(points[:-1], points[1:], 50).reshape(-1, 2)[:, None]
        assert not ((along > boxes[:, :2] + 1e-4) & (along < boxes[:, 2:] - 1e-4)).all(axis=-1).any()
        for end in (points[0], points[-1]):  # every arrow ends at borders
            assert (abs(np.minimum(end - boxes[:, :2], boxes[:, 2:] - end).min(axis=1)) < 1e-4).any()


def test_arrows_enter_a_box_side_by_side(drawn):
    arrows = boxes_and_arrows(drawn(many_inputs()))[1]
    ends = [tuple(points[-1]) for points in arrows[:-1]]
    assert len(ends) == 30
    assert len(set(ends)) == 30
    by_side = [points for points, _ in sorted(zip(arrows[:-1], ends, strict=True), key=lambda one: one[1])]
    begins = [points[-4 if len(points) > 3 else 0][0] for points in by_side]
    assert (np.diff(begins) > 0).all()  # so none crosses another on its way from the last row to the box


def test_a_shared_layer_s_arrows_lead_back_to_it(drawn):
    found = arrows_by_name(drawn(shared(), show_layer_names=True))
    assert ("shared", "shared") in found
    assert ("after", "shared") in found
    assert ("x", "sum") in found
    assert len(found) == 7


def test_layers_of_a_class_stand_in_a_stack_without_arrows(drawn):
    boxes, arrows = boxes_and_arrows(drawn(a_class()))
    assert len(arrows) == 0
    assert (np.diff(boxes[:, 1]) < 0).all()
    assert np.ptp(boxes[:, 0] + boxes[:, 2]) < 1e-6


def test_pictures_of_long_models_grow_with_them(drawn):
    sizes = [
        drawn(hornet.Sequential([layers.Input((2,)), *(layers.Dense(2) for _ in range(count))])).get_size_inches()[1]
        for count in (2, 4, 8)
    ]
    first, second = np.diff(sizes)
    assert second == pytest.approx(2 * first)


# --- the layout -----------------------------------------------------------------------------------------------

GRAPHS = {
    "a box": (1, []),
    "a chain": (4, [(0, 1), (1, 2), (2, 3)]),
    "no edges": (3, []),
    "a diamond": (4, [(0, 1), (0, 2), (1, 3), (2, 3)]),
    "skips": (5, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (0, 3), (1, 4)]),
    "wide and deep": (6, [(1, 2), (2, 3), (0, 4), (3, 4), (4, 5), (3, 5)]),
    "heads": (9, [(0, one) for one in range(1, 9)]),
    "an edge to itself": (3, [(0, 1), (1, 1), (1, 2)]),
    "an edge back": (5, [(0, 1), (1, 2), (2, 3), (3, 1), (1, 4)]),
    "two parts": (6, [(0, 1), (1, 2), (3, 4), (4, 5), (3, 5)]),
    "an edge twice": (2, [(0, 1), (0, 1)]),
}


def random_graph(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 20))
    every = list(combinations(range(count), 2))
    return count, [edge for edge in every if rng.uniform() < 2 / count]


@pytest.mark.parametrize(
    ("count", "edges"), [*GRAPHS.values(), *map(random_graph, range(40))], ids=[*GRAPHS, *map(str, range(40))]
)
def test_boxes_of_a_rank_are_apart_and_edges_lead_on(count, edges):
    widths = np.random.default_rng(count).uniform(0.5, 3.0, count).tolist()
    places, bends = layout(widths, edges)
    assert len(places) == count
    assert len(bends) == len(edges)
    taken = [(*place, width) for place, width in zip(places, widths, strict=True)]
    taken += [(*bend, 0.0) for one in bends for bend in one]
    for (side, rank, width), (other_side, other_rank, other_width) in combinations(taken, 2):
        assert rank != other_rank or abs(side - other_side) > (width + other_width) / 2 + 0.1
    for (source, target), passed in zip(edges, bends, strict=True):
        begin, end = sorted([places[source][1], places[target][1]])
        assert source == target or begin < end
        assert [rank for _, rank in passed] == list(range(begin + 1, end))
    assert {rank for _, rank in places} == set(range(1 + max(rank for _, rank in places)))


@pytest.mark.parametrize("shuffled", range(5))
def test_edges_that_need_not_cross_do_not(shuffled):
    """Pairs of boxes side by side, in any order: a chain of squares."""
    rng = np.random.default_rng(shuffled)
    left, right = np.arange(12).reshape(6, 2).T
    if shuffled:
        flipped = rng.random(6) < 0.5
        left, right = np.where(flipped, right, left), np.where(flipped, left, right)
    edges = [(int(one[at]), int(one[at + 1])) for at in range(5) for one in (left, right)]
    places, _ = layout([1.0] * 12, edges)
    sides = [places[one][0] for one in left], [places[one][0] for one in right]
    assert len({lower < upper for lower, upper in zip(*sides, strict=True)}) == 1
    assert [len({*some}) for some in sides] == [1, 1]


def test_boxes_keep_their_order_where_no_edge_crosses_for_it():
    places, _ = layout([1.0] * 6, [(box, 5) for box in range(5)])
    assert [side for side, _ in places[:5]] == sorted(side for side, _ in places[:5])
    assert places[5][0] == pytest.approx(places[2][0])


def test_a_chain_is_straight():
    places, _ = layout([1.0, 3.0, 2.0, 1.0], GRAPHS["a chain"][1])
    assert [rank for _, rank in places] == [0, 1, 2, 3]
    assert len({side for side, _ in places}) == 1


# --- what is refused, and notebooks -----------------------------------------------------------------------------


def test_a_missing_library_is_named_with_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError) as caught:
        plot_model(stack(layers.Input((4,))), tmp_path / "model.png")
    assert str(caught.value) == "matplotlib is not installed, and this needs it. Run `pip install 'hornet-nn[plot]'`."
    assert list(tmp_path.iterdir()) == []


def test_an_unbuilt_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^'stack' must be built before it is drawn\. Give it `input_shape=` or data"):
        plot_model(stack(), tmp_path / "model.png")


@pytest.mark.parametrize("rankdir", ["tb", "T", None])
def test_another_direction_is_refused(tmp_path, rankdir):
    with pytest.raises(ValueError, match=r"^`rankdir` must be one of 'TB', 'BT', 'LR', 'RL', not "):
        plot_model(stack(layers.Input((4,))), tmp_path / "model.png", rankdir=rankdir)


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_in_a_notebook_the_picture_is_returned(tmp_path, monkeypatch, suffix):
    display = SimpleNamespace(SVG=lambda filename: ("SVG", filename), Image=lambda filename: ("Image", filename))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    path = tmp_path / f"model.{suffix}"
    shown = plot_model(stack(layers.Input((4,))), path, dpi=40)
    assert shown == {"svg": ("SVG", str(path)), "png": ("Image", str(path)), "pdf": None}[suffix]


# --- learning curves --------------------------------------------------------------------------------------


def history_of(**metrics):
    history = History()
    for epoch, values in enumerate(zip(*metrics.values(), strict=True)):
        history.on_epoch_end(epoch, dict(zip(metrics, values, strict=True)))
    return history


@pytest.fixture
def pyplot(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def test_losses_and_metrics_have_axes_of_their_own_and_validation_is_dashed(pyplot):
    history = history_of(
        accuracy=[0.5, 0.6, 0.7],
        loss=[3.0, 2.0, 1.0],
        f1=[np.ones(2)] * 3,
        learning_rate=[0.1] * 3,
        val_accuracy=[0.4, 0.5, 0.6],
        val_loss=[4.0, 3.0, 2.0],
    )
    drawn = history.plot()
    assert [[line.get_label() for line in axes.lines] for axes in drawn] == [
        ["loss", "val_loss"],
        ["accuracy", "val_accuracy"],
    ]
    for axes in drawn:
        plain, dashed = axes.lines
        assert (plain.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
        assert plain.get_color() == dashed.get_color()
        assert list(plain.get_xdata()) == list(dashed.get_xdata()) == [1, 2, 3]
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [line.get_label() for line in axes.lines]
    assert list(drawn[0].lines[1].get_ydata()) == [4.0, 3.0, 2.0]


def test_curves_go_into_axes_that_are_there(pyplot):
    axes = pyplot.subplots()[1]
    assert history_of(accuracy=[0.5], loss=[1.0]).plot(axes) == [axes]
    assert [line.get_label() for line in axes.lines] == ["accuracy", "loss"]


def test_without_an_epoch_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no epoch to draw yet"):
        History().plot()
