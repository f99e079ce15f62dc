"""Docstrings are written as Markdown is, for `help`: here they become reStructuredText."""

import re

EXAMPLE = re.compile(r"(^[ ]*>>>.*?(?=^\s*$|\Z))", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"^([ ]*)\$\$(.+?)\$\$[ ]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<![`:\w])`([^`]+)`(?!`)")
FORMULA = re.compile(r"(?<![\\$`\w])\$([^$`]+?)\$(?![\w$])")
RETURNS = re.compile(r"^([ ]*)Returns:\n(?=([ ]*)\S)", re.MULTILINE)
NOTHING = "\\ "
"""Keeps napoleon from taking what stands before a colon for a type."""


def translate(app, what, name, found, options, lines):
    """Give code two backticks and formulas their role, outside of examples."""
    parts = EXAMPLE.split("\n".join(lines))
    parts[0::2] = [of_words(part) for part in parts[0::2]]
    lines[:] = "".join(parts).split("\n")
    if what in ("attribute", "property"):
        lines.insert(0, NOTHING)


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
