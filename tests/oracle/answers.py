"""Keras's answers to the tables' questions: kept in files, which `make test` reads and `make test-all` checks anew.

A test asks `oracle("gradients", lambda: ...)` for what Keras computes. With `--oracle=kept` (the default) the answer is
read, and the function is not called. With `--oracle=live` Keras computes it, and a kept answer must be equal to that.
`--oracle=write` keeps it; see write.py. What no file has is computed.
"""

import re
from pathlib import Path

import jax
import numpy as np
import pytest

FOLDER = Path(__file__).parent
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
"""How far Keras's answers may be apart on two machines: less than the parity tests allow us."""


def pytest_addoption(parser):
    parser.addoption(
        "--oracle", choices=["kept", "live", "write"], default="kept", help="where Keras's answers come from"
    )


class Answers:
    """The answers that one file of tests asks for.

    Args:
        path: The file of arrays.
        mode: `"kept"`, `"live"` or `"write"`.
    """

    def __init__(self, path, mode):
        self.path, self.mode = path, mode
        self.kept = dict(np.load(path)) if path.exists() and mode != "write" else {}
        self.written = {}

    def ask(self, question, compute):
        """Return the answer to a question as a list of arrays, in the order of its leaves."""
        kept = []
        while f"{question}/{len(kept)}" in self.kept:
            kept.append(self.kept[f"{question}/{len(kept)}"])
        if kept and self.mode == "kept":
            return kept
        answer = [np.asarray(leaf) for leaf in jax.tree.leaves(compute())]
        if self.mode == "write":
            self.written.update({f"{question}/{index}": leaf for index, leaf in enumerate(answer)})
        for old, new in zip(kept, answer, strict=bool(kept)):
            if old.dtype.kind in "fc":
                np.testing.assert_allclose(old, new, **CLOSE, err_msg="The kept answer is stale; see tests/oracle.")
            else:
                np.testing.assert_array_equal(old, new, "The kept answer is stale; see tests/oracle.")
        return answer

    def save(self):
        if self.written:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(self.path, **self.written)


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
