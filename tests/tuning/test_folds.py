"""What a search trains and measures on must be rows in memory."""

import numpy as np
import pytest
from tests.tuning.studies import X, Y

from hornet.data import Dataset
from hornet.tuning.folds import folds_of
from hornet.utils import PyDataset


class Batches(PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, place):
        return X, Y


@pytest.mark.parametrize(
    "batches",
    [iter([(X, Y)]), Batches(), Dataset.from_tensor_slices((X, Y)).batch(8)],
    ids=["generator", "PyDataset", "Dataset"],
)
def test_batches_are_refused_by_the_argument_that_has_them(batches):
    with pytest.raises(TypeError, match=r"`x` hands over batches .* train on rows in memory\. Pass arrays or frames"):
        folds_of(batches, None)
    with pytest.raises(TypeError, match="`validation_data` hands over batches"):
        folds_of(X, Y, validation_data=batches)


def test_lists_of_rows_are_rows():
    [fold] = folds_of(X.tolist(), Y.tolist(), validation_data=[X, Y])
    assert np.shape(fold.train[0]) == X.shape
    assert len(fold.held_out) == 2
