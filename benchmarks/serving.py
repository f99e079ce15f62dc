"""What serving costs, beside the same model behind plain FastAPI; and what it promises under load.

python benchmarks/serving.py speed [ROUNDS]
python benchmarks/serving.py promises

The variable PEERS is the interpreter of an environment of the peers' own; by default they run in this one.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
from http_load import Load, load, request

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
NAMES = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
CLIENTS = {1: 300, 8: 1_200, 64: 2_000}
"""How many requests are sent by so many clients in a round."""
SERVE = "import sys, hornet; hornet.serve(sys.argv[1], port=int(sys.argv[2]))"


class Server:
    """A process that serves.

    Args:
        command: What comes behind the interpreter; `PORT` stands for the port.
        health: A path that answers with 200 when it is ready.
        python: The interpreter.
    """

    def __init__(self, command: list[str], health: str, python: str = sys.executable) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        given = [str(self.port) if part == "PORT" else part for part in command]
        self.process = subprocess.Popen([python, *given], stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                self.get(health)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{command} did not start")

    def get(self, path: str) -> str:
        """Return the body of an answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    @property
    def cpu(self) -> float:
        """CPU seconds of the process until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> int:
        """End the process; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def make_model(folder: Path) -> None:
    """Write the model as `.keras` and as ONNX."""
    import pandas as pd

    import hornet as keras

    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(512, 8)).astype("float32"), columns=NAMES)
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((8,)), *layers])
    model.compile("adam", "mse")
    model.fit(rows, rows.sum(axis=1), epochs=2, verbose=0)
    model.save(folder / "housing.keras")
    model.export(folder / "housing.onnx", verbose=False)


def bodies(count: int = 50, rows: int = 1) -> list[bytes]:
    """Return requests of some rows each."""
    rng = np.random.default_rng(1)
    drawn = rng.normal(size=(count, rows, 8)).round(4).tolist()
    return [
        request("/predict", json.dumps([dict(zip(NAMES, row, strict=True)) for row in each]).encode()) for each in drawn
    ]


def speed(folder: Path, rounds: int) -> None:
    """Print requests a second, latencies and CPU, of all servers in turn."""
    peer = [str(ROOT / "benchmarks/peers/plain_fastapi.py")]
    python = os.environ.get("PEERS", sys.executable)
    keras, onnx = str(folder / "housing.keras"), str(folder / "housing.onnx")
    sides = {
        "hornet": Server(["-c", SERVE, keras, "PORT"], "/health/ready"),
        "onnx": Server([*peer, "onnx", onnx, "PORT"], "/openapi.json", python),
        "keras-jax": Server([*peer, "keras", keras, "PORT"], "/openapi.json", python),
    }
    found: dict[tuple[str, int], list[tuple[float, ...]]] = {}
    sent = bodies()
    for turn in range(rounds + 1):
        for clients, count in CLIENTS.items():
            for side, server in sides.items():
                count = count // 4 if side == "keras-jax" else count
                before = server.cpu
                run = asyncio.run(load(server.port, sent, clients, count))
                assert run.statuses == {200: count}, (side, run)
                if turn:  # the first round warms up
                    found.setdefault((side, clients), []).append(_figures(run, server.cpu - before))
    for server in sides.values():
        server.stop()
    print("| clients | server | requests/s | p50, ms | p99, ms | CPU ms a request | requests/s of hornet by its |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for clients in CLIENTS:
        for side in sides:
            columns = list(zip(*found[side, clients], strict=True))
            ratio = [ours[0] / its[0] for ours, its in zip(found["hornet", clients], found[side, clients], strict=True)]
            cells = [_spread(column) for column in [*columns, ratio]]
            print(f"| {clients} | {side} | {' | '.join(cells)} |", flush=True)


def _figures(run: Load, cpu: float) -> tuple[float, ...]:
    p50, p99 = np.quantile(run.seconds, [0.5, 0.99]) * 1e3
    return len(run.seconds) / run.wall, p50, p99, cpu / len(run.seconds) * 1e3


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def promises(folder: Path) -> None:
    """Print what becomes of memory, of requests over a reload and an end, and of malformed ones."""
    memory(folder)
    reloads(folder)
    ends(folder)
    refusals()


def memory(folder: Path) -> None:
    """Print the memory of a server after each of ten times 10,000 requests of 1 to 40 rows."""
    server = Server(["-c", SERVE, str(folder / "housing.keras"), "PORT"], "/health/ready")
    sent = [body for rows in (1, 1, 1, 2, 5, 40) for body in bodies(10, rows)]
    held = []
    for _ in range(10):
        run = asyncio.run(load(server.port, sent, 64, 10_000))
        assert run.statuses == {200: 10_000}, run.statuses
        held.append(server.megabytes)
    server.stop()
    print("memory, MB, after each 10,000 requests:", " ".join(f"{each:.1f}" for each in held), flush=True)


def reloads(folder: Path) -> None:
    """Print what 16 clients get while the file is replaced by another model, a broken file, and the first again."""
    path = folder / "replaced.keras"
    shutil.copy(folder / "housing.keras", path)
    server = Server(["-c", SERVE, str(path), "PORT"], "/health/ready")
    sent, seen = bodies(), []
    changes = iter([folder / "housing.keras", None, folder / "housing.keras"] * 2)

    async def run() -> Load:
        done = False
        asked = asyncio.create_task(load(server.port, sent, 16, 10**6, lambda: done))
        for source in changes:
            path.with_suffix(".new").write_bytes(b"PK broken" if source is None else source.read_bytes())
            path.with_suffix(".new").replace(path)
            wanted = ("failed", "replaced")[source is not None]
            before = counted(await asyncio.to_thread(server.get, "/metrics"), wanted)
            for _ in range(300):
                await asyncio.sleep(0.1)
                if counted(await asyncio.to_thread(server.get, "/metrics"), wanted) > before:
                    break
            else:
                raise RuntimeError("the file was not looked at")
            health = json.loads(await asyncio.to_thread(server.get, "/health/ready"))
            seen.append(health["models"]["replaced"]["status"])
        done = True
        return await asked

    found = asyncio.run(run())
    server.stop()
    print(f"reloads: {seen}; answers {dict(found.statuses)}, lost {found.lost}", flush=True)


def counted(metrics: str, outcome: str) -> float:
    """Return how many reloads ended so."""
    lines = [line for line in metrics.splitlines() if line.startswith("hornet_reloads_total") and outcome in line]
    return sum(float(line.split()[-1]) for line in lines)


def ends(folder: Path) -> None:
    """Print what 16 clients get over ten ends by SIGTERM."""
    statuses, lost, exits = Counter(), 0, Counter()
    for _ in range(10):
        server = Server(["-c", SERVE, str(folder / "housing.keras"), "PORT"], "/health/ready")

        async def run(server: Server) -> Load:
            asked = asyncio.create_task(load(server.port, bodies(), 16, 10**6))
            await asyncio.sleep(1.0)
            server.process.send_signal(signal.SIGTERM)
            return await asked

        found = asyncio.run(run(server))
        statuses.update(found.statuses)
        lost += found.lost
        exits[server.process.wait(60)] += 1
    print(f"ends: answers {dict(statuses)}, lost {lost}, exit statuses {dict(exits)}", flush=True)


def refusals() -> None:
    """Print the statuses of 2,000 malformed requests, over HTTP."""
    from tests.serving.malformed import malformed

    code = "import sys; sys.path.insert(0, sys.argv[1]); from tests.serving.models import houses; import hornet; "
    server = Server(["-c", f"{code}hornet.serve(houses(), port=int(sys.argv[2]))", str(ROOT), "PORT"], "/health/ready")
    statuses = Counter()
    for _, headers, body in malformed(7, 2_000):
        asked = urllib.request.Request(f"http://127.0.0.1:{server.port}/predict", body, method="POST")
        for name, value in headers.items():
            asked.add_header(name, value.decode("latin-1") if isinstance(value, bytes) else value)
        try:
            statuses[urllib.request.urlopen(asked, timeout=30).status] += 1
        except urllib.error.HTTPError as error:
            statuses[error.code] += 1
    server.stop()
    print(f"malformed: {dict(sorted(statuses.items()))}", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make_model(Path(name))
        if sys.argv[1:2] == ["promises"]:
            promises(Path(name))
        else:
            speed(Path(name), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
