"""Places that cannot be written to: a folder is told of before training, a log that is lost does not end it."""

import warnings

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.callbacks import BackupAndRestore, CSVLogger, JSONLogger, LambdaCallback, ModelCheckpoint, TensorBoard

X, Y = np.ones((8, 2), "float32"), np.ones(8, "float32")


def fit(callbacks=(), **arguments):
    model = hornet.Sequential([hornet.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(X, Y, verbose=0, **{"epochs": 3, **arguments}, callbacks=list(callbacks)).history["loss"]


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: CSVLogger(f"{folder}/log.csv"),
        lambda folder: TensorBoard(folder, write_graph=False),
        lambda folder: ModelCheckpoint(f"{folder}/model.keras"),
        lambda folder: ModelCheckpoint(folder + "/{epoch}/model.keras"),
        lambda folder: BackupAndRestore(folder),
    ],
)
def test_a_folder_that_cannot_be_made_is_told_before_an_epoch(tmp_path, make):
    (tmp_path / "file").touch()
    seen = []
    with pytest.raises(OSError, match=r"its folder cannot be made or written to\. Name a place that can: .*file/runs"):
        fit([LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch)), make(f"{tmp_path}/file/runs")])
    assert seen == []


def test_so_is_that_of_resume(tmp_path):
    (tmp_path / "file").touch()
    seen = []
    with pytest.raises(OSError, match="file/run"):
        fit([LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))], resume=f"{tmp_path}/file/run")
    assert seen == []


@pytest.mark.parametrize("given", [None, 3, ""])
@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (CSVLogger, "filename"),
        (JSONLogger, "filename"),
        (TensorBoard, "log_dir"),
        (ModelCheckpoint, "filepath"),
        (BackupAndRestore, "backup_dir"),
    ],
)
def test_what_is_no_path_is_named(kind, argument, given):
    with pytest.raises(TypeError, match=f"`{argument}` must be a path, not .*. Pass one such as"):
        kind(given)


def test_a_log_on_a_full_disk_is_given_up_with_one_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(fit([CSVLogger("/dev/full")])) == 3
    assert len(caught) == 1
    assert "`CSVLogger` cannot write its log" in str(caught[0].message)
    assert "/dev/full" in str(caught[0].message)


def test_rows_that_are_whole_stay(tmp_path):
    """The disk takes half of the third row, and then nothing."""
    logger = CSVLogger(tmp_path / "log.csv")

    class Full:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, data):
            return self.file.write(data[: len(data) // 2] if data.startswith(b"2,") else data)

    def fill(epoch, logs):
        if epoch == 1:
            logger._file = Full(logger._file)

    with pytest.warns(UserWarning, match="cannot write its log"):
        fit([logger, LambdaCallback(on_epoch_end=fill)])
    assert [line.split(",")[0] for line in (tmp_path / "log.csv").read_text().splitlines()] == ["epoch", "0", "1"]


def test_tensorboard_goes_on_without_its_file(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    board = TensorBoard(tmp_path)

    def fill(logs):
        board.train._records._writer.write = lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))

    with pytest.warns(UserWarning, match="`TensorBoard` cannot write its log: .*events.out.tfevents"):
        assert len(fit([board, LambdaCallback(on_train_begin=fill)])) == 3


def test_the_next_run_writes_again(tmp_path):
    logger = CSVLogger("/dev/full")
    with pytest.warns(UserWarning, match="cannot write"):
        fit([logger])
    logger.filename = str(tmp_path / "log.csv")
    fit([logger])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
