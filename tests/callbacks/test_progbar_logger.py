import builtins
import io
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import types

import keras
import numpy as np
import pytest

import hornet
from hornet.callbacks import CallbackList, LambdaCallback, ProgbarLogger
from hornet.core.progress_line import THEME

LOGS = {"accuracy": 0.877, "loss": 0.43214}
VAL_LOGS = {**LOGS, "val_accuracy": 0.86, "val_loss": 0.00012345}


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("hornet.core.progress_line.perf_counter", clock)
    return clock


class Output(io.StringIO):
    """A text stream that counts; a terminal or not."""

    encoding = "utf-8"

    def __init__(self, tty):
        super().__init__()
        self.tty, self.writes, self.flushes = tty, [], 0

    def isatty(self):
        return self.tty

    def write(self, text):
        self.writes.append(text)
        return super().write(text)

    def flush(self):
        self.flushes += 1


def standard_output(monkeypatch, tty):
    output = Output(tty)  # `sys.stdout` itself changes between the phases of a test
    monkeypatch.setattr("hornet.core.messages.sys", types.SimpleNamespace(stdout=output))
    return output


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "140")
    return standard_output(monkeypatch, tty=True)


@pytest.fixture
def notebook(monkeypatch):
    shell = type("ZMQInteractiveShell", (), {"__module__": "ipykernel.zmqshell"})()
    monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = standard_output(monkeypatch, tty=False)
    output.live = []

    def display(bundle, raw, display_id):
        assert (raw, display_id) == (True, True)
        assert not output.live  # one output, however many redraws
        output.live.append(bundle)
        return types.SimpleNamespace(update=lambda bundle, raw: output.live.append(bundle))

    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    return output


def plain(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def screen(text):
    """Return the lines that a terminal shows in the end."""
    rows, column = [""], 0
    for character in plain(text):
        assert character.isprintable() or character in "\r\n"
        if character == "\n":
            rows.append("")
        if character in "\r\n":
            column = 0
        else:
            rows[-1] = rows[-1][:column] + character + rows[-1][column + 1 :]
            column += 1
    return [row.rstrip() for row in rows]


def fit(callbacks, clock, epochs=2, steps=360, dispatch=90, seconds=0.25, val_logs=VAL_LOGS):
    callbacks.on_train_begin()
    for epoch in range(epochs):
        callbacks.on_epoch_begin(epoch)
        for step in range(dispatch, steps + 1, dispatch):
            clock.now += seconds
            callbacks.on_progress(step, LOGS)
        callbacks.on_test_begin()
        clock.now += seconds
        callbacks.on_progress(7, {"loss": 9.0})
        callbacks.on_test_end({"loss": 9.0})
        callbacks.on_epoch_end(epoch, val_logs)
    callbacks.on_train_end(val_logs)


def progress(epochs=2, steps=360, verbose=1, callbacks=None):
    return CallbackList(callbacks, add_progbar=True, epochs=epochs, steps=steps, verbose=verbose)


LINE = "360/360{0}1s{1}3ms/step - accuracy: 0.8770 - loss: 0.4321 - val_accuracy: 0.8600 - val_loss: 1.2345e-04"
BAR = "━" * 20
PLAIN = LINE.format(" - ", " - ")
BARRED = f"{BAR} {LINE.format(' ', ' ')}"


@pytest.mark.parametrize("verbose", [1, "auto", True])
def test_piped_epochs_are_plain_lines(verbose, clock, capsys):
    fit(progress(verbose=verbose), clock)
    assert capsys.readouterr().out.splitlines() == [f"Epoch 1/2 - {PLAIN}", f"Epoch 2/2 - {PLAIN}"]


def test_two_lines_an_epoch(clock, capsys):
    fit(progress(verbose=2), clock)
    assert capsys.readouterr().out.splitlines() == ["Epoch 1/2", PLAIN, "Epoch 2/2", PLAIN]


def test_two_lines_an_epoch_in_a_terminal_too(clock, terminal):
    fit(progress(verbose=2), clock)
    assert terminal.getvalue().splitlines() == ["Epoch 1/2", PLAIN, "Epoch 2/2", PLAIN]


def test_silent(clock, capsys):
    fit(progress(verbose=0), clock)
    assert capsys.readouterr().out == ""


def test_the_only_epoch_has_no_number(clock, capsys):
    fit(progress(epochs=1), clock, epochs=1)
    assert capsys.readouterr().out == f"{PLAIN}\n"


@pytest.mark.parametrize("steps", [1, 12, 12345])
@pytest.mark.parametrize("epochs", [1, 3])
def test_verbose_2_is_the_text_of_keras(epochs, steps, capsys):
    logs = {"a": 0.00099, "b": 1e-3, "c": 0.0, "d": 12345.678, "e": float("nan"), "f": np.array([0.25, 0.5])}
    texts = []
    for lists in (keras.callbacks.CallbackList, CallbackList):
        callbacks = lists(None, add_progbar=True, epochs=epochs, steps=steps, verbose=2)
        callbacks.on_train_begin()
        for epoch in range(epochs):
            callbacks.on_epoch_begin(epoch)
            callbacks.on_train_batch_end(steps - 1, logs)
            callbacks.on_epoch_end(epoch, logs)
        callbacks.on_train_end()
        for run in ("test", "predict"):
            callbacks = lists(None, add_progbar=True, epochs=1, steps=steps, verbose=2)
            getattr(callbacks, f"on_{run}_begin")()
            getattr(callbacks, f"on_{run}_batch_end")(steps - 1, {"loss": 0.5})
            callbacks.on_test_end({"loss": 0.5}) if run == "test" else callbacks.on_predict_end()
        texts.append(re.sub(r"\d+(us|ms|s)/step", "?/step", capsys.readouterr().out))
    assert texts[1] == texts[0]
    assert len(texts[1].splitlines()) == (2 * epochs if epochs > 1 else 1) + 2


def test_unknown_number_of_steps(clock, terminal):
    fit(progress(steps=None), clock)
    shown = plain(terminal.getvalue())
    assert "\rEpoch 1/2 90/Unknown 0s 3ms/step - accuracy: 0.8770" in shown
    assert "\nEpoch 2/2 ━━━━━━━━━━━━━━━━━━━━  90/360 0s" in shown  # known from the first epoch on
    assert screen(shown) == [f"Epoch 1/2 {BARRED}", f"Epoch 2/2 {BARRED}", ""]


def test_nothing_said_before_the_end(capsys):
    callbacks = progress(epochs=1, steps=5)
    callbacks.on_epoch_begin(0)
    callbacks.on_epoch_end(0, {"loss": 1})
    assert re.fullmatch(r"5/5 - 0s - \d+(us|ms)/step - loss: 1.0000\n", capsys.readouterr().out)


def test_an_epoch_that_ends_early_says_so(clock, capsys):
    fit(progress(), clock, epochs=1, steps=180)
    assert capsys.readouterr().out.startswith("Epoch 1/2 - 180/360 - 1s")


@pytest.mark.parametrize("run", ["test", "predict"])
def test_evaluate_and_predict(run, clock, terminal):
    callbacks = progress(epochs=1, steps=157)
    logs = {"accuracy": 0.877} if run == "test" else None
    getattr(callbacks, f"on_{run}_begin")()
    clock.now += 0.5
    callbacks.on_progress(80, logs)
    clock.now += 0.7
    callbacks.on_progress(157, logs)
    getattr(callbacks, f"on_{run}_end")(logs)
    metrics = " - accuracy: 0.8770" if run == "test" else ""
    assert f"━ 80/157 0s 6ms/step{metrics}".replace(" 80", "  80") in plain(terminal.getvalue())
    assert screen(terminal.getvalue()) == [f"{BAR} 157/157 1s 9ms/step{metrics}", ""]


def test_a_bar_of_fit_serves_evaluate_later(clock, capsys):
    bar = ProgbarLogger()
    fit(progress(callbacks=bar), clock, epochs=1)
    callbacks = progress(callbacks=bar, steps=3, epochs=1)
    callbacks.on_test_begin()
    clock.now += 3
    callbacks.on_progress(3, {"loss": 0.5})
    callbacks.on_test_end({"loss": 0.5})
    assert capsys.readouterr().out.splitlines()[1:] == ["3/3 - 3s - 1s/step - loss: 0.5000"]


def test_the_bar_moves_and_one_line_an_epoch_remains(clock, terminal):
    fit(progress(), clock)
    shown = terminal.getvalue()
    done = re.findall(r"\x1b\[33m(━+)\x1b\[0m", shown)
    assert [len(bar) for bar in done] == 2 * [5, 10, 15, 20, 20, 20]  # four dispatches, validation, the end
    assert screen(shown) == [f"Epoch 1/2 {BARRED}", f"Epoch 2/2 {BARRED}", ""]
    assert "9.0" not in shown  # validation is silent until its metrics join the line


def test_the_first_report_does_not_count_as_pace(clock, terminal):
    callbacks = progress(epochs=1, steps=100)
    callbacks.on_epoch_begin(0)
    clock.now += 10  # compiling
    callbacks.on_progress(50, {})
    clock.now += 0.5
    callbacks.on_progress(100, {})
    callbacks.on_epoch_end(0, {})
    assert screen(terminal.getvalue())[0] == f"{BAR} 100/100 10s 10ms/step"


def test_many_short_epochs_are_a_write_each(clock, terminal):
    fit(progress(epochs=1000), clock, epochs=1000, dispatch=360, seconds=0.0005)  # a second in all
    redraws = [text for text in terminal.writes if not text.endswith("\n")]
    assert len(terminal.writes) - len(redraws) == 1000
    assert len(redraws) <= 2 * 11  # a redraw and its removal, ten times a second
    assert terminal.flushes <= 2 * 11 + 1
    assert len(screen(terminal.getvalue())) == 1001


@pytest.mark.parametrize("verbose", [1, 2])
def test_many_short_epochs_flush_a_file_rarely(verbose, clock, monkeypatch):
    output = standard_output(monkeypatch, tty=False)
    fit(progress(epochs=1000, verbose=verbose), clock, epochs=1000, dispatch=360, seconds=0.0005)
    assert len(output.writes) == verbose * 1000
    assert output.flushes <= 12


def test_what_is_written_comes_out_while_a_long_epoch_runs(clock, monkeypatch):
    output = standard_output(monkeypatch, tty=False)
    callbacks = progress(epochs=2, verbose=2)
    callbacks.on_epoch_begin(0)
    callbacks.on_epoch_end(0, {})
    callbacks.on_epoch_begin(1)
    before = output.flushes
    clock.now += 0.25
    callbacks.on_progress(1)
    assert output.flushes == before + 1


def test_many_quick_steps_are_few_redraws(clock, terminal):
    fit(progress(epochs=1, steps=5000), clock, epochs=1, steps=5000, dispatch=1, seconds=0.001)
    assert 25 <= len(terminal.writes) <= 55  # in five seconds


def test_callbacks_print_on_lines_of_their_own(clock, terminal):
    speak = LambdaCallback(on_epoch_end=lambda epoch, logs: print("val/train: 0.00", file=terminal))
    fit(progress(callbacks=speak), clock, epochs=1)
    assert screen(terminal.getvalue()) == ["val/train: 0.00", f"Epoch 1/2 {BARRED}", ""]


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 140])
def test_lines_fit_the_terminal(columns, clock, terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    fit(progress(), clock)
    lines = re.split("[\r\n]", plain(terminal.getvalue()))
    assert max(map(len, lines)) <= columns
    redraws = [line for line in lines if " left" in line]
    assert redraws
    assert all(len(line) < columns for line in redraws)
    for line in lines:  # metrics are whole, or not there
        assert re.fullmatch(r".*?( - \w+: [\d.e-]+|    \w+: [\d.e-]+)* *", line)
        assert "-" not in re.sub(r" - \w+: [\d.]+(e-\d+)?|e-\d+", "", line)
    ends = " ".join(screen(terminal.getvalue()))
    for name, value in VAL_LOGS.items():  # all of them, in the end
        assert len(re.findall(rf"\b{name}: {value:.4f}|\b{name}: {value:.4e}", ends)) == 2


def test_a_narrow_terminal_gets_the_metrics_below(clock, terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    fit(progress(), clock, epochs=1)
    assert screen(terminal.getvalue()) == [
        f"Epoch 1/2 {BAR[:11]} 360/360 1s 3ms/step - accuracy: 0.8770",
        "    loss: 0.4321 - val_accuracy: 0.8600",
        "    val_loss: 1.2345e-04",
        "",
    ]


def test_the_time_left_is_said(clock, terminal):
    fit(progress(epochs=3), clock, epochs=3, seconds=30)
    shown = plain(terminal.getvalue())
    first, second, third = (shown[shown.index(f"Epoch {epoch}/3") :].split("\n")[0] for epoch in (1, 2, 3))
    assert re.findall(r"(\d+)s, (\w+) left( \(run: \w+\))?", first) == [
        *[("60", "1m00s", ""), ("90", "30s", ""), ("120", "0s", ""), ("150", "0s", "")],
    ]
    # an epoch takes four dispatches and the validation
    assert re.findall(r"(\d+)s, (\w+) left \(run: (\w+)\)", second)[:2] == [
        ("60", "1m00s", "3m30s"),
        ("90", "30s", "3m00s"),
    ]
    assert "(run:" not in third  # which ends with it
    assert "left" not in "".join(screen(shown))


def test_compiling_is_said_while_it_lasts(clock, terminal):
    callbacks = progress(epochs=1)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_compile()
    assert plain(terminal.writes[-1]).endswith("0/360 compiling")
    clock.now += 5
    callbacks.on_progress(360, LOGS)
    assert "compiling" not in terminal.writes[-1]
    callbacks.on_test_begin()
    callbacks.on_compile()  # of the program for validation
    assert "360/360 compiling" in plain(terminal.writes[-1])
    callbacks.on_test_end({})
    callbacks.on_epoch_end(0, VAL_LOGS)
    assert "compiling" not in "".join(screen(terminal.getvalue()))


def test_compiling_is_not_said_in_a_pipe(clock, capsys):
    callbacks = progress(epochs=1)
    callbacks.on_epoch_begin(0)
    callbacks.on_compile()
    assert capsys.readouterr().out == ""


def test_fit_says_that_it_compiles_once_for_each_program(monkeypatch):
    said = []
    monkeypatch.setattr(ProgbarLogger, "show_compiling", lambda self: said.append(self))
    x = np.ones((40, 3), "float32")
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(3,))])
    model.compile(loss=lambda y, p: (y - p) ** 2, optimizer="sgd")  # of the user, so that no program is known
    model.fit(x, x[:, :1], batch_size=16, epochs=3, validation_data=(x, x[:, :1]), verbose=0)
    assert said == []
    model.fit(x, x[:, :1], batch_size=16, epochs=3, validation_data=(x, x[:, :1]))
    assert said == []  # they are compiled now
    model.fit(x, x[:, :1], batch_size=20, epochs=3, validation_data=(x, x[:, :1]))
    assert len(said) == 2  # training, and validation


def test_no_colors_where_none_are_wanted(clock, terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    fit(progress(), clock)
    assert "\x1b" not in terminal.getvalue()
    assert screen(terminal.getvalue())[0] == f"Epoch 1/2 {BARRED}"


def test_a_dumb_terminal_gets_plain_lines(clock, terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    fit(progress(), clock, epochs=1)
    assert terminal.getvalue() == f"Epoch 1/2 - {PLAIN}\n"


def test_a_terminal_without_unicode(clock, terminal, monkeypatch):
    monkeypatch.setattr(Output, "encoding", "ascii")
    fit(progress(), clock, epochs=1)
    assert terminal.getvalue().isascii()
    assert screen(terminal.getvalue())[0] == f"Epoch 1/2 {BARRED.replace('━', '=')}"


def test_a_notebook_shows_the_bar(clock, notebook):
    fit(progress(), clock)
    assert plain(notebook.getvalue()).splitlines() == [f"Epoch 1/2 {BARRED}", f"Epoch 2/2 {BARRED}"]
    shown = [plain(bundle["text/plain"]) for bundle in notebook.live]
    assert len(shown) > 10
    assert any("180/360 0s, 0s left" in text for text in shown)
    assert notebook.live[-1] == {"text/plain": "", "text/html": ""}  # nothing is left of the moving line


def test_many_short_epochs_in_a_notebook_are_few_messages(clock, notebook):
    fit(progress(epochs=1000), clock, epochs=1000, dispatch=360, seconds=0.0005)  # a second in all
    assert len(notebook.live) <= 2 * 11
    assert len(notebook.getvalue().splitlines()) == 1000


def test_styles_are_known_to_rich():
    from rich.theme import Theme

    assert set(Theme(THEME, inherit=False).styles) == set(THEME)


def test_close_ends_an_unfinished_line(clock, terminal):
    callbacks = progress(steps=10)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.release()
    assert terminal.writes[-1] == "\n"
    written = len(terminal.writes)
    callbacks.release()
    callbacks.on_progress(3)  # late
    assert len(terminal.writes) == written


def test_an_unfinished_line_ends_before_callbacks_say_goodbye(clock, terminal):
    goodbye = LambdaCallback(on_train_end=lambda logs: print("saved", file=terminal))
    callbacks = progress(steps=10, callbacks=goodbye)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_train_end()  # as after an interruption
    assert screen(terminal.getvalue())[1:] == ["saved", ""]


def test_rejects_an_unknown_verbosity():
    with pytest.raises(ValueError, match=r"`verbose` must be one of 0, 1, 2, 'auto', not 3\."):
        progress(verbose=3)


INTERRUPTED = """
import signal, sys, time
import hornet
from hornet.callbacks import CallbackList
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off for what it runs behind
assert "rich" not in sys.modules
callbacks = CallbackList(add_progbar=True, epochs=2, steps=1000, verbose=1)
callbacks.on_train_begin()
callbacks.on_epoch_begin(0)
try:
    for step in range(1000):
        time.sleep(0.02)
        callbacks.on_progress(step, {"loss": 0.5})
finally:
    callbacks.release()
"""


def test_an_interruption_leaves_the_terminal_sane():
    shown = bytearray()
    started = threading.Event()
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONUTF8": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)

    def read():
        while True:
            try:
                piece = os.read(master, 1024)
            except OSError:  # how Linux says that the other end is closed
                piece = b""
            if not piece:
                return started.set()
            shown.extend(piece)
            if shown.count(b"loss") > 3:
                started.set()

    reader = threading.Thread(target=read)
    reader.start()
    started.wait(60)
    child.send_signal(signal.SIGINT)
    child.wait(60)
    reader.join(60)
    os.close(master)
    text = shown.decode()
    assert child.returncode != 0
    assert re.search(r"\rEpoch 1/2 ━+ +\d+/1000 0s, \d+s left - loss: 0.5000", plain(text))
    assert not re.findall(r"\x1b\[(?![\d;]*m)", text)  # colours only: nothing that hides the cursor
    assert "\nTraceback" in text  # on a line of its own
    assert text.rstrip().endswith("KeyboardInterrupt")


def test_a_pipe_needs_no_rich():
    script = INTERRUPTED.replace("range(1000)", "range(3)") + "assert 'rich' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
