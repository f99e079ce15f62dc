"""Keras's answers to the tables' questions: kept in files, which `make test` reads and `make test-all` checks anew.

A test asks `oracle("gradients", lambda: ...)` for what Keras computes. With `--oracle=kept` (the default) the answer is
read, and the function is not called. With `--oracle=live` Keras computes it, and a kept answer must be equal to that.
`--oracle=write` keeps it; see write.py. What no file has is computed.

A file has an index, the type and shape of each leaf of each answer as JSON, and for each type one array of all their
entries: an array of its own in the archive would take some twenty times the room of the few numbers in most of them.
"""

import json
import math
import re
from collections import defaultdict
from pathlib import Path

import jax
import numpy as np
import pytest

FOLDER = Path(__file__).parent
CLOSE = {"rtol": 1e-3, "atol": 1e-4}
"""How far Keras's answers of two machines or compilers may be apart; a training run multiplies differences of rounding.

A stale answer, of another table or version, is farther off; parity itself is tested against the live one.
"""


def pytest_addoption(parser):
    parser.addoption(
        "--oracle", choices=["kept", "live", "write"], default="kept", help="where Keras's answers come from"
    )


def read(path):
    """Return the answers in a file: lists of arrays by question."""
    with np.load(path) as archive:
        index = json.loads(archive["index"].tobytes())
        entries = {name: archive[name] for name in archive.files}
    begun = defaultdict(int)

    def leaf(kind, shape):
        first = begun[kind]
        begun[kind] += math.prod(shape)
        return entries[kind][first : begun[kind]].reshape(shape)

    return {question: [leaf(*said) for said in leaves] for question, leaves in index.items()}


def write(path, answers):
    """Write answers to a file."""
    index = {question: [(leaf.dtype.str, leaf.shape) for leaf in leaves] for question, leaves in answers.items()}
    entries = defaultdict(list)
    for leaves in answers.values():
        for leaf in leaves:
            entries[leaf.dtype.str].append(leaf.ravel())
    joined = {kind: np.concatenate(arrays) for kind, arrays in entries.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, index=np.frombuffer(json.dumps(index).encode(), np.uint8), **joined)


class Answers:
    """The answers that one file of tests asks for.

    Args:
        path: The file of arrays.
        mode: `"kept"`, `"live"` or `"write"`.
    """

    def __init__(self, path, mode):
        self.path, self.mode = path, mode
        self.kept = read(path) if path.exists() and mode != "write" else {}
        self.written = {}

    def ask(self, question, compute):
        """Return the answer to a question as a list of arrays, in the order of its leaves."""
        kept = self.kept.get(question)
        if kept is not None and self.mode == "kept":
            return kept
        answer = [np.asarray(leaf) for leaf in jax.tree.leaves(compute())]
        if self.mode == "write":
            self.written[question] = answer
        for old, new in zip(kept or answer, answer, strict=True):
            if old.dtype.kind in "fc":
                np.testing.assert_allclose(old, new, **CLOSE, err_msg="The kept answer is stale; see tests/oracle.")
            else:
                np.testing.assert_array_equal(old, new, "The kept answer is stale; see tests/oracle.")
        return answer

    def save(self):
        if self.written:
            write(self.path, self.written)


@pytest.fixture(scope="module")
def answers(request):
    """Return the answers for one file of tests."""
    here = request.path.relative_to(FOLDER.parent).with_suffix(".npz")
    kept = Answers(FOLDER / "_".join(here.parts).replace("test_", ""), request.config.getoption("--oracle"))
    yield kept
    kept.save()


@pytest.fixture
def oracle(answers, request):
    """Return `(name, compute) -> arrays`, which answers as Keras does; `name` tells a test's questions apart."""
    subject = re.sub(r"\W+", "_", request.node.name)
    return lambda name, compute: answers.ask(f"{subject}/{name}", compute)
