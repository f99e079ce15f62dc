"""Docstrings are written as Markdown is, for `help`: here they become reStructuredText."""

import inspect
import re
import sys

ARGS = re.compile(r"^Args:\n((?:[ ]+\S.*\n|[ ]*\n)*)", re.MULTILINE)
ARGUMENT = re.compile(r"^[ ]{4}(\*{0,2}\w+(?:, \*{0,2}\w+)*):.*\n?(?:[ ]{5,}.*\n?)*", re.MULTILINE)
SECTION = re.compile(r"^(?:Shapes|Returns|Raises|Source|Example):$", re.MULTILINE)
EXAMPLE = re.compile(r"(^[ ]*>>>.*?(?=^\s*$|\Z))", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"^([ ]*)\$\$(.+?)\$\$[ ]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<![`:\w])`([^`]+)`(?!`)")
FORMULA = re.compile(r"(?<![\\$`\w])\$([^$`]+?)\$(?![\w$])")
RETURNS = re.compile(r"^([ ]*)Returns:\n(?=([ ]*)\S)", re.MULTILINE)
NOTHING = "\\ "
"""Keeps napoleon from taking what stands before a colon for a type."""


def translate(app, what, name, found, options, lines):
    """Give code two backticks and formulas their role, outside of examples."""
    text = "\n".join(lines)
    parts = EXAMPLE.split(with_arguments_of_bases(found, text) if what == "class" else text)
    parts[0::2] = [of_words(part) for part in parts[0::2]]
    lines[:] = "".join(parts).split("\n")
    if what in ("attribute", "property"):
        lines.insert(0, NOTHING)


def with_arguments_of_bases(cls: type, text: str) -> str:
    """Return a class's docstring with the arguments that a base without a page of its own describes.

    A base that members of a family share, such as that of the convolutions, describes them once.
    """
    order = list(inspect.signature(cls).parameters)
    entries = arguments(text)
    own = ",".join(entries).replace(" ", "").split(",")
    for base in cls.__mro__[1:]:
        if base.__module__.startswith("hornet") and not is_public(base):
            for names, lines in arguments(inspect.cleandoc(vars(base).get("__doc__") or "")).items():
                if names in order and names not in own:
                    entries.setdefault(names, lines)
    if len(entries) == len(arguments(text)):
        return text
    in_order = sorted(entries, key=lambda names: order.index(names) if names in order else len(order))
    section = "Args:\n" + "".join(entries[names] for names in in_order) + "\n"
    there = ARGS.search(text + "\n")
    if there:
        return text[: there.start()] + section + text[there.end() :]
    first = SECTION.search(text)
    place = first.start() if first else len(text)
    return f"{text[:place].rstrip()}\n\n{section}{text[place:]}"


def arguments(text: str) -> dict[str, str]:
    """Return the entries of a docstring's `Args`, by their names."""
    there = ARGS.search(text + "\n")
    return {one[1]: one[0].rstrip("\n") + "\n" for one in ARGUMENT.finditer(there[1])} if there else {}


def is_public(cls: type) -> bool:
    """Return whether a class can be imported by its name from the package of its module."""
    package = ".".join(cls.__module__.split(".")[:2])
    return cls.__name__ in getattr(sys.modules.get(package), "__all__", ())


def of_words(text: str) -> str:
    text = RETURNS.sub(rf"\1Returns:\n\2{re.escape(NOTHING)}\n", text)
    text = DISPLAYED.sub(lambda match: f"{match[1]}.. math:: {one_line(match[2])}", text)
    pieces = CODE.split(text)
    pieces[0::2] = [FORMULA.sub(lambda match: f":math:`{one_line(match[1])}`", piece) for piece in pieces[0::2]]
    pieces[1::2] = [f"``{one_line(code)}``" for code in pieces[1::2]]
    return "".join(pieces)


def one_line(text: str) -> str:
    return " ".join(text.split())


def setup(app):
    app.connect("autodoc-process-docstring", translate, priority=400)  # before napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
