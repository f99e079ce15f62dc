"""Curves of a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.imports import optional_module


def plot_history(history: Mapping[str, Sequence[Any]], epochs: Sequence[int], axes: Any = None) -> Any:
    """Draw a curve for each metric of a training run; see `callbacks.History.plot`.

    Args:
        history: For each metric its values, one an epoch.
        epochs: The epochs, counted from 0.
        axes: matplotlib's axes to draw into; by default those of a new figure.

    Returns:
        A list of the axes.

    Example:
        >>> drawn = plot_history({"loss": [0.5, 0.4], "accuracy": [0.7, 0.8], "val_loss": [0.6, 0.5]}, [0, 1])
        >>> [[line.get_label() for line in axes.lines] for axes in drawn]
        [['loss', 'val_loss'], ['accuracy']]
    """
    measured = {name: values for name, values in history.items() if values and name != "learning_rate"}
    curves = {name: values for name, values in measured.items() if np.ndim(values[0]) == 0}
    if not curves:
        raise ValueError("There is no epoch to draw yet. Call `fit` first.")
    of_loss = [name for name in curves if name.endswith("loss")]
    groups = [group for group in (of_loss, [name for name in curves if name not in of_loss]) if group]
    if axes is not None:
        groups, panels = [list(curves)], [axes]
    else:
        size = (6.4 * len(groups), 4.0)
        pyplot = optional_module("matplotlib.pyplot", "plot")
        panels = list(pyplot.subplots(1, len(groups), figsize=size, squeeze=False)[1][0])
    for panel, group in zip(panels, groups, strict=True):
        bare = dict.fromkeys(name.removeprefix("val_") for name in group)
        colors = {name: f"C{place}" for place, name in enumerate(bare)}
        for name in group:
            steps = [epoch + 1 for epoch in epochs[-len(curves[name]) :]]
            style = ("--" if name.startswith("val_") else "-") + ("o" if len(steps) == 1 else "")
            panel.plot(steps, curves[name], style, color=colors[name.removeprefix("val_")], label=name)
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        panel.grid(True)
        panel.legend()
    return panels
