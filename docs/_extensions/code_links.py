"""Public names in code type lead to their page: `Dense`, `layers.Dense`, `hornet.ops.scan`, `keras.Model`."""

import re

from docutils import nodes
from reference_pages import names
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

NAME = re.compile(r"(?:(?:hornet|keras)\.)?([A-Za-z_][\w.]*)(?:\(\))?")
INSIDE = (nodes.reference, nodes.title, addnodes.pending_xref, addnodes.desc_signature)


class CodeLinks(SphinxPostTransform):
    """Puts a reference around a literal that is a public name."""

    default_priority = 5  # before references are resolved

    def run(self, **kwargs):
        known = names()
        for literal in list(self.document.findall(nodes.literal)):
            match = NAME.fullmatch(literal.astext())
            target = known.get(match[1]) if match else None
            parent = literal.parent
            while parent is not None and not isinstance(parent, INSIDE):
                parent = parent.parent
            if target is None or parent is not None:
                continue
            link = addnodes.pending_xref(
                "",
                refdomain="py",
                reftype="obj",
                reftarget=target,
                refexplicit=True,
                refwarn=True,
                refdoc=self.env.docname,
            )
            literal.replace_self(link)
            link += literal


def setup(app):
    app.add_post_transform(CodeLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
