"""How much of Keras's families there is: the classes in scope, and those that a table of parity tests has a case of.

`pytest -s tests/laws/test_inventory.py` shows the two columns.
"""

from pathlib import Path
from runpy import run_path

import keras
import pytest

TESTS = Path(__file__).parents[1]
LISTS = run_path(str(TESTS / "test_api_page.py"))["LISTS"]

# Of each family: Keras's module and base, the tables with a case of each member, and bases that have none.
FAMILIES = {
    "Layers": (
        keras.layers,
        keras.Layer,
        {"layers/cases.py": ["TABLE"], "layers/test_recurrent.py": ["CELLS"]},
        {"Pipeline", "Wrapper"},
    ),
    "Losses": (keras.losses, keras.Loss, {"losses/test_parity_of_losses.py": ["CASES"]}, set()),
    "Metrics": (
        keras.metrics,
        keras.Metric,
        {"metrics/test_parity_of_metrics.py": ["CASES", "REDUCTIONS"]},
        {"MeanMetricWrapper"},
    ),
    "Optimizers": (
        keras.optimizers,
        keras.Optimizer,
        {"optimizers/test_laws.py": ["CASES", "WRAPPERS"]},
        set(),
    ),
    "Schedules": (
        keras.optimizers.schedules,
        keras.optimizers.schedules.LearningRateSchedule,
        {"optimizers/test_schedules.py": ["CASES"]},
        set(),
    ),
    "Initializers": (keras.initializers, keras.Initializer, {"test_initializers.py": ["FIXED", "DRAWN"]}, set()),
    "Regularizers": (keras.regularizers, keras.Regularizer, {"test_regularizers.py": ["CASES"]}, set()),
    "Constraints": (
        keras.constraints,
        keras.constraints.Constraint,
        {"test_constraints.py": ["CASES"]},
        set(),
    ),
}


def in_scope(family):
    """Return the names of Keras's classes of a family, without those that the page of names leaves out."""
    module, base, _, bases = FAMILIES[family]
    left_out = LISTS[family].missing()
    members = {name: one for name, one in vars(module).items() if isinstance(one, type) and name not in left_out}
    found = {name: one for name, one in members.items() if issubclass(one, base) and one is not base}
    # An alias counts under the class's own name, if the module knows that.
    return {one.__name__ if hasattr(module, one.__name__) else name for name, one in found.items()} - bases


def done(family):
    """Return the names of Keras's classes of a family that have a case in its tables."""
    module, _, tables, bases = FAMILIES[family]
    found = set()
    for path, names in tables.items():
        variables = run_path(str(TESTS / path))
        for name in names:
            found |= {one if isinstance(one, str) else one[0] for one in variables[name]}
    return {name for name in found if hasattr(module, name)} - bases


@pytest.mark.parametrize("family", FAMILIES)
def test_every_class_in_scope_is_tested_against_keras(family):
    scope, cases = in_scope(family), done(family)
    print(f"\n{family}: {len(scope)} in scope, {len(cases)} done")
    assert cases == scope
