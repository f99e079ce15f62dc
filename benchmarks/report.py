"""The report as Markdown, from what `run.py` keeps as JSON."""

import statistics

from jobs import JOBS, PEERS


def render(report):
    """The whole report as Markdown."""
    lines = [
        "# Hornet beside its peers",
        "",
        "Medians over the rounds (smallest to largest). A ratio is the peer's figure divided by Hornet's of the same "
        "round: above 1, Hornet needs less. Written by `run.py`; what it measures and how: [README.md](README.md).",
    ]
    for name in JOBS:
        if name in report:
            lines += ["", *table(name, report[name])]
    return "\n".join(lines) + "\n"


def table(name, result):
    """One job's section; where caches were cold for some and warm for others, a table of each."""
    lines = [f"## {JOBS[name].title} ({JOBS[name].unit})"]
    runs = result["runs"]
    for part in JOBS[name].parts or (None,):
        values = [run["values"] if part is None else [value[part] for value in run["values"]] for run in runs]
        measured = [run | {"values": some} for run, some in zip(runs, values, strict=True)]
        for caches, of_caches in by_caches(measured):
            heading = ", ".join(words for words in (part, caches) if words)
            lines += ["", f"{heading[0].upper()}{heading[1:]}:"] if heading else []
            lines += ["", *rows(name, of_caches)]
    lines += [f"\n{run['peer']}, {run['setting']}: failed. {run['error']}" for run in runs if "error" in run]
    for run in runs:
        if counted := run.get("facts", {}) | differences(run, runs[0]):
            facts = ", ".join(f"{fact} {three_digits(value)}" for fact, value in counted.items())
            lines.append(f"\n{run['peer']}, {run['setting']}: {facts}.")
    at = result["machine"]
    chosen = "".join(f", {variable}={value}" for variable, value in at["environment"].items())
    software = ", ".join(f"{package} {version}" for package, version in result["versions"].items())
    hardware = f"{at['cpu']}, {at['cores']} cores, {at['system']}, Python {at['python']}"
    loads = f"load {at['load']} before" + (f" and {result['load after']} after" if "load after" in result else "")
    lines += [
        "",
        f"{result['date']}, {result['rounds']} rounds, {hardware}, {loads}{chosen}; {software}.",
    ]
    return lines


def by_caches(runs):
    """What the compile caches were, and the runs for a table: all, or those of cold and those of warm caches."""
    warm = [run for run in runs if run.get("warm")]
    cold = [run for run in runs if not run.get("warm")]
    if not warm:
        return [("", runs)]
    cached = {run["peer"] for run in warm}
    uncached = [run for run in cold if run["peer"] not in cached]
    return [("compile cache cold", cold), ("compile cache warm, for those who have one", warm + uncached)]


def differences(run, first):
    """Facts of a run that has a loss for each candidate: how far they are from those of the first run."""
    if not isinstance(run.get("check"), list) or run is first or "check" not in first:
        return {}
    percent = [100 * abs(mine / theirs - 1) for mine, theirs in zip(run["check"], first["check"], strict=True)]
    return {
        f"% between a candidate's loss and that of {first['peer']}": statistics.median(percent),
        "at most": max(percent),
    }


def rows(name, runs):
    """A table: each peer at its default and at the best of the settings tried."""
    job = JOBS[name]
    lines = [
        f"| peer | default | ratio | best setting | ratio | which | {job.check} |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    hornet = next((run["values"] for run in runs if run["peer"] == "hornet" and "error" not in run), None)
    for peer in PEERS:
        tried = [run for run in runs if run["peer"] == peer]
        good = [run for run in tried if "error" not in run]
        if not tried:
            continue
        best = min(good, key=lambda run: statistics.median(run["values"]), default=tried[0])
        cells = [*figures(tried[0], job.units, hornet), *figures(best, job.units, hornet), best["setting"]]
        check = best.get("check")
        check = statistics.median(check) if isinstance(check, list) else check
        lines.append(f"| {' | '.join([peer, *cells, '' if check is None else f'{check:.4g}'])} |")
    return lines


def figures(run, units, hornet):
    """The cells of one run: its figure, and its ratio to Hornet's."""
    if "error" in run:
        return ["failed", ""]
    ratios = [value / ours for value, ours in zip(run["values"], hornet or [], strict=False) if ours]
    return [spread([value * units for value in run["values"]]), spread(ratios) if ratios else ""]


def spread(values):
    """Median and range, three digits each."""
    middle, low, high = map(three_digits, (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low}-{high})"


def three_digits(value):
    """The number as people write it: 0.123, 12.3, 1230."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"
