"""Formulas as MathML, which browsers show by themselves: no script, no fonts, no network."""

from docutils import nodes
from latex2mathml.converter import convert


def inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(writer, node):
    formula = convert(node.astext(), display="block")
    # A formula that is wider than a phone is scrolled, also by keyboard.
    writer.body.append(f'<div class="math-block" tabindex="0" role="group" aria-label="formula">{formula}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
