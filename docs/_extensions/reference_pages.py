"""Writes the pages of the reference: one for each public module, each of its classes, and each kind of its functions.

What is public is what a module's `__all__` says, so a new name has its page without a line here. What a module's names
are sorted by is the file that they come from; a file that `KINDS` does not know is listed under its own name.
"""

import functools
import importlib
import inspect
import re
from dataclasses import dataclass, field
from pathlib import Path

from docstrings import of_words, one_line

REFERENCE = Path(__file__).parents[1] / "reference"

PARTS = {
    "Models": {
        "models": "Models",
        "layers": "Layers",
        "losses": "Losses",
        "metrics": "Metrics",
        "optimizers": "Optimizers",
        "optimizers.schedules": "Schedules of learning rates",
        "callbacks": "Callbacks",
        "activations": "Activations",
        "initializers": "Initializers",
        "regularizers": "Regularizers",
        "constraints": "Constraints",
    },
    "Tables, searches, results": {
        "estimators": "Estimators",
        "tuning": "Tuning",
        "plots": "Plots",
        "reports": "Reports",
        "serving": "Serving",
    },
    "Data and files": {
        "data": "Data",
        "datasets": "Data sets",
        "preprocessing": "Preprocessing",
        "utils": "Utilities",
        "saving": "Saving",
    },
    "Arrays and settings": {
        "ops": "Operations",
        "ops.image": "Operations on images",
        "random": "Random numbers",
        "config": "Settings",
        "dtype_policies": "Types of numbers",
        "mixed_precision": "Mixed precision",
        "tree": "Nested structures",
        "backend": "Backend",
        "wrappers": "Wrappers",
        "": "Top level",
    },
}
"""The modules as users think of them, and their titles. A name that several have is at home in the first."""

MODULES = {module: title for part in PARTS.values() for module, title in part.items()}

LAST = ["", "backend", "wrappers", "mixed_precision"]
"""Modules in which a name is at home only if it is in no other."""

KINDS = {
    "layers": {
        "Core": "layer input input_spec dense einsum_dense embedding function wrapper masking",
        "Activations": "activation",
        "Convolutions": "convolution separable_convolution transposed_convolution",
        "Pooling": "pooling",
        "Sequences": "recurrent",
        "Attention": "attention multi_head_attention",
        "Normalization": "normalization row_normalization spectral_normalization",
        "Regularization": "regularization",
        "Shapes": "reshaping resizing",
        "Merging": "merging",
        "Numbers of tables": "scaling robust_normalization quantile_normalization discretization numeric_embedding "
        "date_parts",
        "Categories and texts": "string_lookup integer_lookup category_encoding hashing hashed_crossing "
        "text_numbers text_vectorization",
        "Images that change in training": "moving_images cropping_images colouring toning distorting_images "
        "mixing_images augmentation_policies pipeline",
        "Configs": "serialization",
    },
    "losses": {
        "Base": "loss",
        "Of numbers": "regression quantiles",
        "Of classes": "classification focal hinge overlap",
        "Of similarity": "similarity",
    },
    "metrics": {
        "Base and means": "metric reduction",
        "Of numbers": "regression correlation",
        "Of classes": "accuracy confusion curve f_score classification",
        "Of pictures": "iou",
    },
    "utils": {
        "Arrays": "numerical batches",
        "Data from folders and series": "image_files text_files windows splitting pictures files py_dataset",
        "Tables": "feature_space",
        "Pictures of models": "plots models",
        "Seeds and sessions": "session random",
        "Custom objects": "custom_objects objects",
        "Messages": "messages progbar",
        "Tensors": "tensors dtypes",
    },
    "tuning": {
        "One call": "one_call tuner suggestions",
        "Spaces": "domains ranges space hyperparameters builder",
        "Schedules": "schedules",
        "Searches of scikit-learn's kind": "search guided_search",
        "Learning rates": "learning_rates population",
        "Pictures and importances": "picture importances",
    },
    "ops": {
        "Element by element": "elementwise",
        "Reductions": "reductions",
        "Shapes": "shaping",
        "Indexing and sorting": "indexing",
        "Linear algebra": "linalg",
        "Creation": "creation",
        "Networks": "nn",
        "Control flow and conversion": "core",
    },
}  # fmt: skip


@dataclass
class Entry:
    """A public object: its home, its names there, and its kind."""

    module: str
    name: str
    thing: object
    others: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return ".".join(filter(None, ("hornet", self.module, self.name)))

    @property
    def is_class(self) -> bool:
        return inspect.isclass(self.thing)

    @property
    def kind(self) -> str:
        files = getattr(self.thing, "__module__", "").split(".")
        if self.module == "ops":
            files = [file for file in OPERATIONS if self.name in importlib.import_module(f"hornet.ops.{file}").__all__]
        for title, stems in KINDS.get(self.module, {}).items():
            if not set(stems.split()).isdisjoint(files):
                return title
        return "Classes" if self.is_class else "Functions"


PARAGRAPH = "\n\n"
OPERATIONS = [stem for stems in KINDS["ops"].values() for stem in stems.split()]


@functools.cache
def entries() -> dict[str, list[Entry]]:
    """Return the public objects that are at home in each module."""
    found: dict[int, Entry] = {}
    for module in [*(module for module in MODULES if module not in LAST), *reversed(LAST)]:
        for name in public(module):
            thing = getattr(importlib.import_module(f"hornet.{module}".rstrip(".")), name)
            if module == "datasets":
                name, thing = f"{name}.load_data", thing.load_data
            if not callable(thing):
                continue
            home = found.setdefault(id(thing), Entry(module, name, thing))
            if home.module == module and home.name != name:
                home.others.append(name)
                if name == getattr(thing, "__name__", ""):  # the name that it calls itself
                    home.others.append(home.name)
                    home.others.remove(name)
                    home.name = name
    return {module: [entry for entry in found.values() if entry.module == module] for module in MODULES}


def public(module: str) -> list[str]:
    """Return the public names of a module, none if it is not there."""
    try:
        there = importlib.import_module(f"hornet.{module}".rstrip("."))
    except ModuleNotFoundError:
        return []
    return list(getattr(there, "__all__", [name for name in vars(there) if is_own(there, name)]))


def is_own(module, name: str) -> bool:
    thing = vars(module)[name]
    return name[0] != "_" and callable(thing) and thing.__module__.startswith(module.__name__)


@functools.cache
def names() -> dict[str, str]:
    """Return what public names in code type mean: full names for all, short ones for classes."""
    known = {}
    for entry in (entry for of_module in entries().values() for entry in of_module):
        for name in (entry.name, *entry.others):
            if entry.module:
                known.setdefault(f"{entry.module}.{name}", entry.path)
            if entry.is_class:
                known.setdefault(name, entry.path)
    return known | {name: path for name, path in known.items() if path.endswith(f".{name}")}


# --- pages --------------------------------------------------------------------------------------------------


def heading(title: str, line: str = "=") -> str:
    return f"{title}\n{line * len(title)}\n\n"


def slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def row(entry: Entry) -> str:
    """Return a row of a table: a name, and what its docstring begins with."""
    first = (inspect.getdoc(entry.thing) or "").partition(PARAGRAPH)[0]
    return f"   * - :py:obj:`{entry.name} <{entry.path}>`\n     - {one_line(of_words(first))}\n"


def members(cls: type) -> tuple[list[str], list[type]]:
    """Return the documented methods that a class's page shows, and the public classes that have its other ones."""
    shown: dict[str, None] = {}
    bases: list[type] = []
    for base in cls.__mro__:
        if not base.__module__.startswith("hornet") or any(issubclass(other, base) for other in bases):
            continue
        if base is not cls and base in public_classes():
            bases.append(base)
        else:
            shown |= dict.fromkeys(name for name, member in vars(base).items() if is_documented(name, member))
    return list(shown), bases


def is_documented(name: str, member: object) -> bool:
    is_method = callable(member) or isinstance(member, (property, classmethod, staticmethod))
    return name[0] != "_" and is_method and bool(getattr(member, "__doc__", None))


@functools.cache
def public_classes() -> set[type]:
    return {entry.thing for of_module in entries().values() for entry in of_module if entry.is_class}


def class_page(entry: Entry) -> str:
    shown, bases = members(entry.thing)
    page = heading(entry.name)
    page += f".. autoclass:: {entry.path}\n"
    page += f"   :members: {', '.join(shown)}\n" if shown else ""
    if entry.others:
        page += f"\nAlso by the name {', '.join(f'``{name}``' for name in sorted(entry.others))}.\n"
    for base in bases:
        inherited = [name for name in members(base)[0] if name not in vars(entry.thing)]
        if inherited:
            path = names()[base.__name__]
            links = ", ".join(f":py:obj:`{name} <{path}.{name}>`" for name in sorted(inherited))
            page += f"\n.. rubric:: From :py:obj:`{base.__name__} <{path}>`\n\n{links}\n"
    return page


def functions_page(title: str, functions: list[Entry]) -> str:
    page = heading(title)
    for entry in functions:
        page += f".. autofunction:: {entry.path}\n\n"
        if entry.others:
            page += f"   Also by the name {', '.join(f'``{name}``' for name in sorted(entry.others))}.\n\n"
    return page


def module_pages(module: str) -> dict[str, str]:
    """Return the files of a module's pages and their text."""
    title, here = MODULES[module], sorted(entries()[module], key=lambda entry: entry.name.lower())
    kinds = [*KINDS.get(module, {}), "Classes", "Functions"]
    pages, tables, toc = {}, "", [entry.name for entry in here if entry.is_class]
    for kind in kinds:
        of_kind = [entry for entry in here if entry.kind == kind]
        functions = [entry for entry in of_kind if not entry.is_class]
        if of_kind:
            tables += heading(kind, "-") if len({entry.kind for entry in here}) > 1 else ""
            tables += ".. list-table::\n   :widths: 30 70\n   :class: names\n\n"
            tables += "".join(map(row, of_kind)) + "\n"
        if functions:
            name = slug(kind) if kind in KINDS.get(module, {}) else "functions"
            heads = title if kind == "Functions" and len(of_kind) == len(here) else f"{title}: {kind.lower()}"
            pages[name] = functions_page(heads, functions)
            toc.append(name)
    pages |= {entry.name: class_page(entry) for entry in here if entry.is_class}
    path = f"hornet.{module}".rstrip(".")
    index = heading(title) + f".. py:currentmodule:: {path}\n\n``{path}``\n\n"
    if module:
        index += f".. automodule:: {path}\n   :no-members:\n\n"
    elsewhere = [name for name in public(module) if (home := at_home(module, name)) and home.module != module]
    index += tables
    if elsewhere and module:
        links = (f":py:obj:`{name} <{at_home(module, name).path}>`" for name in sorted(elsewhere, key=str.lower))
        index += f"Names that other modules have, too: {', '.join(links)}.\n\n"
    index += ".. toctree::\n   :hidden:\n\n" + "".join(f"   {name}\n" for name in toc)
    return {"index": index, **pages}


@functools.cache
def homes() -> dict[int, Entry]:
    return {id(entry.thing): entry for of_module in entries().values() for entry in of_module}


def at_home(module: str, name: str) -> Entry | None:
    return homes().get(id(getattr(importlib.import_module(f"hornet.{module}".rstrip(".")), name)))


def write_pages(app):
    """Write what changed, and remove pages of names that are gone."""
    written = set()
    for module in MODULES:
        if entries()[module]:
            folder = REFERENCE / (module or "hornet")
            for name, text in module_pages(module).items():
                written.add(folder / f"{name}.rst")
                write(folder / f"{name}.rst", text)
    for file in set(REFERENCE.glob("*/*.rst")) - written:
        file.unlink()


def list_modules(app, name, content):
    """Put the modules that are there into the first page of the reference, where a comment asks for them."""
    if name != "reference/index":
        return
    lists = ""
    for part, titles in PARTS.items():
        modules = [module for module in titles if entries()[module]]
        lists += f"## {part}\n\n| module | what it has |\n| --- | --- |\n"
        for module in modules:
            about = inspect.getdoc(importlib.import_module(f"hornet.{module}".rstrip("."))) or ""
            lists += (
                f"| [{titles[module]}]({module or 'hornet'}/index.rst) | {one_line(about.partition(PARAGRAPH)[0])} |\n"
            )
        pages = "".join(f"{module or 'hornet'}/index\n" for module in modules)
        lists += f"\n```{{toctree}}\n:hidden:\n:caption: {part}\n\n{pages}```\n\n"
    content[0] = content[0].replace("<!-- the modules -->", lists)


def write(file: Path, text: str) -> None:
    """Write a file, unless it has this text: Sphinx reads again what is newer."""
    if not file.exists() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def setup(app):
    app.connect("builder-inited", write_pages)
    app.connect("source-read", list_modules)
    app.connect("env-get-outdated", lambda *_: ["reference/index"])  # a module may have come
    return {"parallel_read_safe": True, "parallel_write_safe": True}
