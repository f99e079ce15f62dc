"""A page as an HTML parser of Python's reads it."""

from html.parser import HTMLParser

VOID = {"meta", "rect", "path", "use", "image", "link", "br", "img"}


class Page(HTMLParser):
    """The elements of a page, its texts, and its tables by their captions."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.tables = [], [], {}
        self._open, self._caption, self._row = [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self._row = []
        if tag in ("td", "th"):
            self._row.append("")

    handle_startendtag = lambda self, tag, attrs: self.elements.append((tag, dict(attrs)))  # noqa: E731

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass
        if tag == "tr":
            self.tables.setdefault(self._caption.strip(), []).append([cell.strip() for cell in self._row])

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.texts.append(data)
        if "caption" in self._open:
            self._caption += data
        elif self._row and ("td" in self._open or "th" in self._open):
            self._row[-1] += data

    def table(self, beginning):
        """Return the rows of the table whose caption begins so, its headings first."""
        return next(rows for caption, rows in self.tables.items() if caption.startswith(beginning))

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())
