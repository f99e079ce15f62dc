"""A study that is read again without the rows that it was trained on."""

import numpy as np
import pytest
from tests.tuning.studies import X, build_model, study

from hornet.tuning import Tuner

FACTS = ("best_params", "best_value", "reached")


def test_a_study_is_read_again_without_its_rows(tmp_path):
    file = tmp_path / "s.study"
    tuner = study(trials=4, epochs=2, size=4, keep=2, schedule="full", objective="val_mae", storage=file, fit={"cv": 2})
    again = Tuner(build_model, objective="val_mae", storage=file).reload()
    for name in FACTS:
        assert getattr(again, name) == getattr(tuner, name)
    assert again.trials.equals(tuner.trials)
    assert again.importances("permutation") == tuner.importances("permutation")
    for mine, theirs in zip(again.best_models(2), tuner.best_models(2), strict=True):
        np.testing.assert_array_equal(mine.predict(X, verbose=0), theirs.predict(X, verbose=0))
    with pytest.raises(ValueError, match=r"needs the rows of the search\. Call `search` with them"):
        again.ensemble()
    for wrong, name in [({"objective": "val_loss"}, "objective"), ({"fixed": {"units": 3}}, "space")]:
        with pytest.raises(ValueError, match=f"another {name}"):
            Tuner(build_model, **{"objective": "val_mae", "storage": file, **wrong}).reload()


@pytest.mark.parametrize("storage", [None, "none.study"])
def test_there_must_be_a_study(storage, tmp_path):
    with pytest.raises(ValueError, match=r"There is no study .* to reload\. Pass the `storage` of one"):
        Tuner(build_model, storage=storage and tmp_path / storage).reload()
    assert not list(tmp_path.iterdir())
