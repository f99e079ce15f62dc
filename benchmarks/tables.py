"""How well the estimators for tables predict with all defaults, beside boosted trees.

- `python tables.py housing [SEEDS] [PRESET]`: `TabularRegressor` on housing's published split, with the rows to
  validate on.
- `python tables.py splits [SPLITS] [PRESET]`: on other splits of housing, beside CatBoost's defaults.
- `python tables.py tuned [TRIALS]`: CatBoost on the published split, the best of so many random trials by validation.
- `python tables.py peers [SEEDS] [TABLE ...]`: the tables of table_data.py, each peer with its defaults; a line of JSON
  for each fit goes to `tables.jsonl`, and `python tables.py report` writes `tables.md` of it.

Each line has the seconds of the clock, and those of the processor, which other work on the machine moves less.
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from hornet.datasets import california_housing

LINES = Path(__file__).with_name("tables.jsonl")


def timed(work):
    """Return what a function returns, and the seconds of the clock and of the processor that it took."""
    begun, worked = perf_counter(), process_time()
    found = work()
    return found, perf_counter() - begun, process_time() - worked


def root_mean_square(errors):
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))


# --- housing ----------------------------------------------------------------------------------------------------


def housing(seeds=3, preset="best"):
    """Print a line for each seed of `TabularRegressor` on the published split, and one for all."""
    from hornet.estimators import TabularRegressor

    (x, y), held, (x_test, y_test) = california_housing.load_data(split="published")
    errors = []
    for seed in range(seeds):
        regressor = TabularRegressor(preset, random_state=seed, compare=False)
        trained, seconds, work = timed(lambda regressor=regressor: regressor.fit(x, y, validation_data=held))
        predicted, to_predict, _ = timed(lambda trained=trained: trained.predict(x_test))
        errors.append(root_mean_square(predicted - y_test))
        print(
            f"seed {seed}: RMSE {errors[-1]:.4f}, {trained.reached_} members, {seconds:.1f} s, {work:.1f} CPU s; "
            f"to predict {to_predict:.2f} s",
            flush=True,
        )
    print(f"{preset}: mean {np.mean(errors):.4f}")


def splits(count=5, preset="best"):
    """Print, for other splits of housing, the error of `TabularRegressor` beside that of CatBoost's defaults."""
    from catboost import CatBoostRegressor
    from sklearn.model_selection import train_test_split

    from hornet.estimators import TabularRegressor

    table = california_housing.fetch()
    x, y = table.data, table.target
    for seed in range(101, 101 + count):
        rest, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=seed)
        kept, held = train_test_split(rest, test_size=0.2, random_state=seed + 1)
        ours = TabularRegressor(preset, random_state=seed, compare=False)
        _, seconds, work = timed(lambda: ours.fit(x[kept], y[kept], validation_data=(x[held], y[held])))  # noqa: B023
        trees = CatBoostRegressor(verbose=0, random_seed=seed, allow_writing_files=False)
        trees.fit(x[kept], y[kept], eval_set=(x[held], y[held]))
        both = [root_mean_square(one.predict(x[test]) - y[test]) for one in (ours, trees)]
        print(
            f"split {seed}: this {both[0]:.4f}, CatBoost {both[1]:.4f}; {seconds:.1f} s, {work:.1f} CPU s", flush=True
        )


def tuned(trials=50):
    """Print the error of the best of random trials of CatBoost on the published split, chosen by validation."""
    from catboost import CatBoostRegressor

    (x, y), (x_held, y_held), (x_test, y_test) = california_housing.load_data(split="published")
    rng, best = np.random.default_rng(0), (np.inf, np.inf)
    for _ in range(trials):
        settings = {
            "learning_rate": float(np.exp(rng.uniform(np.log(1e-2), np.log(0.3)))),
            "depth": int(rng.integers(4, 11)),
            "l2_leaf_reg": float(np.exp(rng.uniform(0.0, np.log(10.0)))),
            "bagging_temperature": float(rng.uniform(0.0, 1.0)),
            "leaf_estimation_iterations": int(rng.integers(1, 11)),
        }
        trees = CatBoostRegressor(
            iterations=2000, early_stopping_rounds=50, verbose=0, allow_writing_files=False, **settings
        )
        trees.fit(x, y, eval_set=(x_held, y_held))
        errors = [root_mean_square(trees.predict(a) - b) for a, b in ((x_held, y_held), (x_test, y_test))]
        best = min(best, (errors[0], errors[1]))
        print(f"validation {errors[0]:.4f}, test {errors[1]:.4f}", flush=True)
    print(f"best by validation: test {best[1]:.4f}")


# --- tables -----------------------------------------------------------------------------------------------------


def _hornet(preset, is_classes, seed, words):
    from hornet.estimators import TabularClassifier, TabularRegressor

    return (TabularClassifier if is_classes else TabularRegressor)(preset, random_state=seed)


def _scikit(is_classes, seed, words):
    from sklearn import ensemble

    kind = ensemble.HistGradientBoostingClassifier if is_classes else ensemble.HistGradientBoostingRegressor
    return kind(categorical_features="from_dtype", random_state=seed)


def _lightgbm(is_classes, seed, words):
    import lightgbm

    return (lightgbm.LGBMClassifier if is_classes else lightgbm.LGBMRegressor)(random_state=seed, verbose=-1)


def _catboost(is_classes, seed, words):
    import catboost

    kind = catboost.CatBoostClassifier if is_classes else catboost.CatBoostRegressor
    return kind(random_seed=seed, verbose=0, allow_writing_files=False, cat_features=words)


PEERS = {
    "good": lambda *of_table: _hornet("good", *of_table),
    "fast": lambda *of_table: _hornet("fast", *of_table),
    "hgb": _scikit,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
}


def _for_trees(X, words):
    """Return a frame whose words are of pandas' category, as trees take them."""
    return X.assign(**{word: X[word].fillna("missing").astype(str).astype("category") for word in words})


def peers(seeds=1, *names):
    """Fit each peer to each table, and add a line of JSON for each fit."""
    import table_data

    table_data.fetch()
    for name in names or table_data.NAMES:
        table = table_data.load(name)
        for seed in range(seeds):
            for peer in PEERS:
                line = {"table": name, "seed": seed, "peer": peer, **measured(peer, seed, *table)}
                with LINES.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(
                    " ".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in line.values()),
                    flush=True,
                )


def measured(peer, seed, X, y, is_classes):
    """Return how well a peer predicts the rows to test on, and the seconds that it takes."""
    from sklearn.metrics import log_loss
    from table_data import split, words_of

    words = words_of(X)
    rows = X if peer in ("good", "fast") else _for_trees(X, words)
    if peer == "hgb":  # which takes no more categories
        rows = rows.drop(columns=[word for word in words if rows[word].nunique() > 255])
    train, test = split(y, is_classes, seed)
    model = PEERS[peer](is_classes, seed, words)
    trained, wall, cpu = timed(lambda: model.fit(rows.iloc[train], y[train]))
    predict = trained.predict_proba if is_classes else trained.predict
    predicted, to_predict, _ = timed(lambda: np.asarray(predict(rows.iloc[test])))
    found = {"wall": wall, "cpu": cpu, "to_predict": to_predict}
    if not is_classes:
        return {**found, "rmse": root_mean_square(predicted - y[test])}
    classes = np.unique(y)
    accuracy = float(np.mean(classes[predicted.argmax(axis=1)] == y[test]))
    return {**found, "log_loss": float(log_loss(y[test], predicted, labels=classes)), "accuracy": accuracy}


def report():
    """Write a table of the means over seeds, the two halves apart, from the lines of JSON."""
    import pandas as pd
    import table_data

    lines = pd.DataFrame([json.loads(line) for line in LINES.read_text().splitlines()]).drop(columns="seed")
    means = lines.groupby(["table", "peer"]).mean().unstack()
    parts = [_INTRODUCTION]
    for title, is_fixed_on in (("that choices were made by", True), ("that nobody looked at before", False)):
        half = means[means.index.isin(table_data.FIXED_ON) == is_fixed_on]
        level = sum(_are_level(half.loc[name].unstack()) for name in half.index)
        parts += [f"## Tables {title}", f"`good` is as good as LightGBM or better on {level} of {len(half)}."]
        for name in ("rmse", "log_loss", "accuracy"):
            parts += [f"{name}:", _in_markdown(half[name].dropna(how="all"), 4)]
    parts += ["## Seconds of the processor that a fit takes", _in_markdown(means["cpu"], 2)]
    LINES.with_suffix(".md").write_text("\n\n".join(parts) + "\n")


def _are_level(found):
    """Return whether the errors of "good" are at most 2% above LightGBM's, and its accuracy half a point below."""
    ours, theirs = found["good"], found["lightgbm"]
    is_worse = any(ours[name] > 1.02 * theirs[name] for name in ("rmse", "log_loss"))  # of the other kind it is NaN
    return np.isfinite(ours["cpu"]) and not is_worse and not ours["accuracy"] < theirs["accuracy"] - 0.005


_INTRODUCTION = """# Tables: the estimators with all defaults beside boosted trees

Written by `python benchmarks/tables.py report` from `tables.jsonl`, to which `python benchmarks/tables.py peers` adds.
A fifth of the rows of each table is tested on; figures are means of all seeds in the file. Lower is better, except for
accuracy. `good` and `fast` are presets of `TabularRegressor` and `TabularClassifier`."""


def _in_markdown(frame, digits):
    """Return a frame of numbers as a table of Markdown."""
    lines = [["table", *frame.columns], ["---"] * (1 + frame.shape[1])]
    lines += [
        [name, *(f"{value:.{digits}f}" for value in row)] for name, row in zip(frame.index, frame.values, strict=True)
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(*given):
    """Do what the first argument says."""
    parts = {"housing": housing, "splits": splits, "tuned": tuned, "peers": peers, "report": report}
    if not given or given[0] not in parts:
        sys.exit(f"Say what to do: {', '.join(parts)}.")
    parts[given[0]](*(int(each) if each.isdigit() else each for each in given[1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
