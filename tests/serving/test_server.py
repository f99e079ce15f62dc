"""A process that serves: files that are replaced, its end, its port, and what it counts."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from fastapi.testclient import TestClient
from tests.costs import ProgramCount
from tests.serving.models import sums

import hornet
from hornet.serving import application

CODE = "import sys, hornet; hornet.serve(sys.argv[1], port=0, reload=0.05, max_batch=4)"


@pytest.fixture
def server(tmp_path):
    """A process that serves a file, the file, and the process's address."""
    path = tmp_path / "sums.keras"
    sums().save(path)
    process = subprocess.Popen([sys.executable, "-c", CODE, str(path)], stderr=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stderr.readline, "")
        address = next(re.search(r"(http://127.0.0.1:\d+)/docs", line)[1] for line in lines if "/docs" in line)
        threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()
        wait_until(lambda: asked(f"{address}/health/ready")[0] == 200)
        yield process, path, address
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_until(holds):
    for _ in range(600):
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("it did not come")


def asked(address, body=None):
    """Return the status and the JSON of an answer."""
    request = urllib.request.Request(address, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def put(path, write):
    """Replace a file as `os.replace` does, whole."""
    new = path.with_name("new.keras")
    write(new)
    os.replace(new, path)


class Clients:
    """Three threads that ask again and again, and what they were answered."""

    def __init__(self, address):
        self.answers, self.failures = [], []
        self.is_over = False
        self._threads = [threading.Thread(target=self._ask, args=(f"{address}/predict",)) for _ in range(3)]

    def _ask(self, address):
        for _ in range(20_000):
            if self.is_over:
                return
            try:
                self.answers.append(asked(address, b"[[1, 2, 3]]"))
            except (OSError, urllib.error.URLError) as error:
                self.failures.append(getattr(error, "reason", error))
                return

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self._threads:
            thread.join()


def test_files_are_replaced_and_requests_answered_to_the_end(server):
    process, path, address = server
    with Clients(address) as clients:
        put(path, sums(factor=2.0).save)
        wait_until(lambda: asked(f"{address}/predict", b"[[1, 2, 3]]")[1] == {"predictions": [12.0]})
        put(path, lambda new: new.write_bytes(b"PK broken"))
        wait_until(lambda: asked(f"{address}/health/ready")[1]["models"]["sums"]["status"] == "stale")
        status, health = asked(f"{address}/health/ready")
        assert (status, health["status"]) == (200, "ready")
        assert "'sums.keras'" in health["models"]["sums"]["problem"]
        assert asked(f"{address}/predict", b"[[1, 2, 3]]")[1] == {"predictions": [12.0]}
        put(path, sums(width=2).save)
        wait_until(lambda: asked(f"{address}/predict", b"[[1, 2]]") == (200, {"predictions": [3.0]}))
        assert asked(f"{address}/health/ready")[1]["models"]["sums"]["status"] == "ready"
        put(path, sums(factor=3.0).save)
        wait_until(lambda: asked(f"{address}/predict", b"[[1, 2, 3]]")[1] == {"predictions": [18.0]})
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    found = {json.dumps(answer.get("predictions")) for status, answer in clients.answers if status == 200}
    assert found == {"[6.0]", "[12.0]", "[18.0]"}
    # While the model of two columns was there, rows of three were refused; none was without an answer.
    assert {status for status, _ in clients.answers} <= {200, 422}
    assert {type(failure) for failure in clients.failures} <= {ConnectionRefusedError}


def test_a_port_in_use_is_said_in_a_sentence_before_anything_is_loaded():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=f"Port {port} of 127.0.0.1 is in use by another program. Pass another"):
            hornet.serve("nowhere.keras", port=port)
    with pytest.raises(ValueError, match="`port`"):
        hornet.serve("nowhere.keras", port=99_999)
    with pytest.raises(FileNotFoundError):
        hornet.serve("nowhere.keras", port=0)


def test_health_and_counters():
    with TestClient(application(sums(), max_batch=4)) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200)
        assert client.get("/health/live").json() == {"status": "live"}
        client.post("/predict", json=[[1, 2, 3], [4, 5, 6]])
        client.post("/predict", json=[[1]])
        text = client.get("/metrics").text
        client.app.state.site.is_stopping = True
        stopping = client.get("/health/ready")
        assert (stopping.status_code, stopping.json()["status"]) == (503, "stopping")
    assert 'hornet_requests_total{model="sums",status="200"} 1.0' in text
    assert 'hornet_requests_total{model="sums",status="422"} 1.0' in text
    assert 'hornet_rows_total{model="sums"} 2.0' in text
    assert 'hornet_model_stale{model="sums"} 0.0' in text
    assert "process_resident_memory_bytes" in text or sys.platform != "linux"


def test_nothing_is_compiled_once_it_is_ready():
    with TestClient(application(sums(), max_batch=16)) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200)
        programs = ProgramCount()
        for count in (1, 2, 3, 5, 16, 17, 40):
            assert client.post("/predict", json=[[1, 2, 3]] * count).json() == {"predictions": [6.0] * count}
        assert programs() == 0


def test_without_the_extra_the_line_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    for name in [name for name in sys.modules if name.startswith("hornet.serving")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"pip install 'hornet-nn\[serve\]'"):
        _ = hornet.serve
