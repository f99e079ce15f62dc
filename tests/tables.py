"""Tables of instances: laws run over the first of each class in `make test`, over every one in `make test-all`."""

import pytest


def instances(argnames, cases, class_of=lambda case: case[0], ids=None, **options):
    """Return the `parametrize` mark of a table; all but the first case of each class are marked `every_instance`.

    Args:
        argnames: Names of the arguments, as `parametrize` takes them.
        cases: The table, each case a tuple of arguments, a `pytest.param`, or the one argument.
        class_of: What a case is an instance of; by default its first entry.
        ids: A name for each case, or a function of the case that returns it.
        **options: Of `parametrize`, such as `indirect`.
    """
    seen = set()
    marked = []
    for index, case in enumerate(cases):
        values, marks, name = (case.values, list(case.marks), case.id) if hasattr(case, "values") else (case, [], None)
        kind = class_of(values)
        if kind in seen:
            marks.append(pytest.mark.every_instance)
        seen.add(kind)
        if ids is not None:
            name = ids(values) if callable(ids) else ids[index]
        arguments = values if isinstance(values, tuple) else (values,)
        marked.append(pytest.param(*arguments, marks=marks, id=name))
    return pytest.mark.parametrize(argnames, marked, **options)
