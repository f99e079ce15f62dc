"""What TensorBoard's own reader finds in the files of a run."""

import io
import os
import signal
import subprocess
import sys
from contextlib import closing

import numpy as np
import PIL.Image
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from sklearn.model_selection import GridSearchCV
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph import keras_util
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

import hornet
from hornet import callbacks, layers, tuning
from hornet.callbacks.event_file import EventFile
from hornet.estimators import KerasRegressor, MLPRegressor
from hornet.tuning import write_tensorboard

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X[:, :1]


def read(folder):
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    reader.Reload()
    return reader


def points(reader, tag):
    return [(event.step, float(tensor_util.make_ndarray(event.tensor_proto))) for event in reader.Tensors(tag)]


def hyperparameters(folder):
    content = read(folder).SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    return plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info


def pictures(reader, tag):
    """Return the size and the images of each event."""
    for event in reader.Tensors(tag):
        width, height, *encoded = tensor_util.make_ndarray(event.tensor_proto)
        images = [np.asarray(PIL.Image.open(io.BytesIO(one))) for one in encoded]
        assert all(image.shape[:2] == (int(height), int(width)) for image in images)
        yield event.step, images


def fit(folder, epochs=3, validation=True, compiled=None, **options):
    model = hornet.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(1)])
    model.compile(**{"loss": "mse", "optimizer": "sgd", "metrics": ["mae"], **(compiled or {})})
    board = callbacks.TensorBoard(folder, **options)
    held_out = (X, Y) if validation else None
    return model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, validation_data=held_out, callbacks=[board])


def test_curves_have_keras_s_tags_and_folders(tmp_path):
    history = fit(tmp_path).history
    assert sorted(os.listdir(tmp_path)) == ["train", "validation"]
    train, validation = read(tmp_path / "train"), read(tmp_path / "validation")
    for name, values in history.items():
        reader = validation if name.startswith("val_") else train
        found = points(reader, f"epoch_{name.removeprefix('val_')}")
        assert [step for step, _ in found] == [0, 1, 2]
        np.testing.assert_allclose([value for _, value in found], values, rtol=1e-6)
    np.testing.assert_allclose([value for _, value in points(train, "epoch_learning_rate")], 0.01, rtol=1e-6)
    versus = points(validation, "evaluation_loss_vs_iterations")
    assert [step for step, _ in versus] == [5, 10, 15]
    assert train.SummaryMetadata("epoch_loss").plugin_data.plugin_name == "scalars"


def test_without_validation_there_is_no_folder_for_it(tmp_path):
    fit(tmp_path, validation=False)
    assert os.listdir(tmp_path) == ["train"]


@pytest.mark.parametrize(("update_freq", "steps"), [("batch", list(range(1, 16))), (4, [4, 8, 12])])
def test_curves_of_batches(tmp_path, update_freq, steps):
    fit(tmp_path, update_freq=update_freq)
    assert [step for step, _ in points(read(tmp_path / "train"), "batch_loss")] == steps


def test_curves_of_epochs_leave_the_gear_alone(tmp_path):
    followers = callbacks.CallbackList(callbacks.TensorBoard(tmp_path, histogram_freq=1, write_steps_per_second=True))
    assert not followers.watches_train_batches
    assert followers.batches_until_due is None


def test_distributions_of_weights(tmp_path):
    fit(tmp_path, histogram_freq=2, write_images=True)
    train = read(tmp_path / "train")
    tags = train.Tags()["tensors"]
    name = next(tag for tag in tags if tag.endswith("kernel/histogram"))
    buckets = tensor_util.make_ndarray(train.Tensors(name)[0].tensor_proto)
    assert [event.step for event in train.Tensors(name)] == [0, 2]
    assert buckets.shape == (30, 3)
    assert buckets[:, 2].sum() == 12
    assert train.SummaryMetadata(name).plugin_data.plugin_name == "histograms"
    picture = tensor_util.make_ndarray(train.Tensors(name.replace("histogram", "image"))[0].tensor_proto)
    assert picture[2].startswith(b"\x89PNG")


def test_the_graph_is_there_twice(tmp_path):
    fit(tmp_path)
    train = read(tmp_path / "train")
    graph = train.Graph()
    assert [(node.op, list(node.input)) for node in graph.node] == [("Dense", []), ("Dense", [graph.node[0].name])]
    described = tensor_util.make_ndarray(train.Tensors("keras")[0].tensor_proto).item()
    nodes = keras_util.keras_model_to_graph_def(__import__("json").loads(described)).node
    assert len(nodes) == 3  # the input among them
    assert train.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"


def test_graphs_of_other_models(tmp_path):
    class Own(hornet.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    inputs = hornet.Input((3,))
    for name, model in [("own", Own()), ("operations", hornet.Model(inputs, layers.Dense(1)(inputs * 2.0)))]:
        model.compile(loss="mse")
        model.fit(X, Y, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path / name)])
        assert "Dense" in [node.op for node in read(tmp_path / name / "train").Graph().node]


def test_hyperparameters_texts_and_own_curves(tmp_path):
    class Notes(callbacks.TensorBoard):
        def on_epoch_end(self, epoch, logs=None):
            self.train.text("note", f"epoch **{epoch}**", epoch)
            self.train.scalar("own", epoch / 2, epoch)
            super().on_epoch_end(epoch, logs)

    model = hornet.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(loss="mse")
    board = Notes(tmp_path, hparams={"units": 30, "rate": 0.1, "solver": "sgd", "wide": True})
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[board])
    train = read(tmp_path / "train")
    assert tensor_util.make_ndarray(train.Tensors("note")[1].tensor_proto).item() == b"epoch **1**"
    assert points(train, "own") == [(0, 0.0), (1, 0.5)]
    found = hyperparameters(tmp_path).hparams  # where training and validation are both of the trial
    assert found["units"].number_value == 30
    assert found["solver"].string_value == "sgd"
    assert found["wide"].bool_value


def test_pictures_of_what_the_model_does(tmp_path):
    def draw(model):
        figure = Figure(figsize=(2, 1), dpi=50)
        figure.add_subplot().plot(Y, model.predict(X, verbose=0), ".")
        return figure

    fit(tmp_path, images={"predicted": draw, "grey": lambda model: np.zeros((2, 3))}, images_freq=2)
    train = read(tmp_path / "train")
    drawn = list(pictures(train, "predicted"))
    assert [(step, image.shape) for step, (image,) in drawn] == [(0, (50, 100, 4)), (2, (50, 100, 4))]
    assert (drawn[0][1][0] != drawn[1][1][0]).any()
    assert [image.shape for _, (image,) in pictures(train, "grey")] == [(2, 3), (2, 3)]


def test_pictures_are_taken_from_axes_and_closed(tmp_path):
    before = pyplot.get_fignums()
    images = {
        "axes": lambda model: hornet.plots.residuals(Y[:, 0], model.predict(X, verbose=0)[:, 0]),
        "several": lambda model: pyplot.subplots(1, 2)[1],
        "part": lambda model: pyplot.figure().subfigures(1, 2)[0].subplots(),
    }
    fit(tmp_path, images=images)
    assert pyplot.get_fignums() == before
    train = read(tmp_path / "train")
    for tag in images:
        assert [image.shape[2] for _, (image,) in pictures(train, tag)] == [4, 4, 4]


def test_each_candidate_of_a_search_has_a_folder(tmp_path):
    board = callbacks.TensorBoard(tmp_path, write_graph=False)

    def build(units):
        model = hornet.Sequential([layers.Dense(units, input_shape=(3,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    estimator = KerasRegressor(build, callbacks=[board], verbose=0)
    with pytest.warns(UserWarning, match="`TensorBoard` may read the model"):
        search = tuning.GridSearchCV(estimator, {"units": [1, 2]}, cv=2).fit(X, Y[:, 0])
    there = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("train")}
    folds = {f"candidate_{place}/fold_{fold}" for place in range(2) for fold in range(2)}
    assert there == {f"candidate_{search.best_index_}", *folds}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.full((2, 3), 0.5), [np.full((2, 3), 127)]),
        (np.full((2, 3, 1), 2.0, "float32"), [np.full((2, 3), 255)]),
        (np.full((2, 3, 3), 7, "uint8"), [np.full((2, 3, 3), 7)]),
        (np.arange(5 * 24).reshape(5, 2, 3, 4), list(np.arange(3 * 24).reshape(3, 2, 3, 4))),
    ],
)
def test_images_are_taken_as_tf_summary_takes_them(tmp_path, given, expected):
    file = EventFile(tmp_path)
    file.image("image", given, 4)
    file.close()
    ((step, images),) = pictures(read(tmp_path), "image")
    assert step == 4
    np.testing.assert_array_equal(images, expected)


def test_an_image_of_another_shape_is_named(tmp_path):
    with closing(EventFile(tmp_path)) as file, pytest.raises(ValueError, match=r"not \(2, 3, 2\)\. Reshape it"):
        file.image("image", np.zeros((2, 3, 2)), 0)


def test_candidates_of_a_search_are_trials(tmp_path):
    estimator = MLPRegressor(max_iter=1, random_state=0)
    search = GridSearchCV(estimator, {"batch_size": [8, 16], "hidden_layer_sizes": [(4,)]}, cv=2).fit(X, Y[:, 0])
    write_tensorboard(search, tmp_path)
    for place, size in enumerate([8, 16]):
        folder = tmp_path / f"candidate_{place}"
        trial = hyperparameters(folder)
        assert trial.group_name == f"candidate {place}"
        assert trial.hparams["batch_size"].number_value == size
        assert trial.hparams["hidden_layer_sizes"].string_value == "(4,)"
        ((_, score),) = points(read(folder), "mean_test_score")
        assert score == pytest.approx(search.cv_results_["mean_test_score"][place])


def test_a_schedule_s_rate_is_that_of_the_last_update(tmp_path):
    schedule = hornet.optimizers.schedules.InverseTimeDecay(0.1, 1, 1.0)
    fit(tmp_path, epochs=2, compiled={"optimizer": hornet.optimizers.SGD(schedule)})
    found = [value for _, value in points(read(tmp_path / "train"), "epoch_learning_rate")]
    np.testing.assert_allclose(found, [0.1 / 5, 0.1 / 10], rtol=1e-5)


def test_the_speed_is_in_steps_a_second(tmp_path):
    fit(tmp_path, write_steps_per_second=True)
    found = points(read(tmp_path / "train"), "epoch_steps_per_second")
    assert len(found) == 3
    assert all(value > 0 for _, value in found)


@pytest.mark.parametrize("profile_batch", [2, (2, 4), "1,3"])
def test_a_profile_of_chosen_batches(tmp_path, profile_batch):
    fit(tmp_path, profile_batch=profile_batch)
    profiles = list((tmp_path / "train" / "plugins" / "profile").iterdir())
    assert len(profiles) == 1
    assert any(path.name.endswith(".xplane.pb") for path in profiles[0].iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"profile_batch": -1}, "`profile_batch` must be"),
        ({"profile_batch": "5,2"}, "`profile_batch` must be"),
        ({"profile_batch": "a"}, "`profile_batch` must be"),
        ({"profile_batch": (1, 2, 3)}, "`profile_batch` must be"),
        ({"update_freq": 0}, "`update_freq` must be"),
        ({"histogram_freq": -1}, "`histogram_freq` must be"),
        ({"images_freq": 0}, "`images_freq` must be"),
        ({"embeddings_freq": 1}, "`embeddings_freq` must be 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        callbacks.TensorBoard("logs", **arguments)


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
def test_a_killed_run_keeps_its_epochs(tmp_path):
    code = """
import os, signal, sys
import numpy as np
import hornet
class Kill(hornet.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            os.kill(os.getpid(), signal.SIGKILL)
model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(2,))])
model.compile(loss="mse")
board = hornet.callbacks.TensorBoard(sys.argv[1])
model.fit(np.ones((8, 2)), np.ones(8), epochs=9, verbose=0, callbacks=[board, Kill()])
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [step for step, _ in points(read(tmp_path / "train"), "epoch_loss")] == [0, 1, 2]


def test_tensorboard_is_loaded_only_when_it_is_used():
    code = (
        "import sys, hornet; hornet.callbacks.TensorBoard('x'); print([m for m in sys.modules if m == 'tensorboard'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout == "[]\n"
