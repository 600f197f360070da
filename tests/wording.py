"""Finds words in a template that a person would read but a translator would not."""

import re
from html.parser import HTMLParser

from jinja2 import Environment, nodes

NAMES = {"WhatsApp", "Porchlight"}  # the same in every language
READ = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label", "summary"}
# An address, a class, an attribute: nothing that is read out.
NOT_WORDS = re.compile(r"""https?://\S+|\S+--\S+|[a-z-]+="[^"]*".*""", re.S)
LETTERS = re.compile(r"[^\W\d_]")
SLOT = "\ue000"  # stands where an expression was


def words_outside_gettext(jinja: Environment, source: str) -> list[str]:
    """Text and attributes with letters of their own, then the words that an expression may print."""
    reader = Reader()
    reader.feed("".join(plain(jinja, source)))
    reader.close()
    found = [*reader.found, *printed(jinja, source)]
    return [words for words in found if words not in NAMES and not NOT_WORDS.fullmatch(words)]


def plain(jinja: Environment, source: str):
    """The template as HTML: its own text, and a slot for every expression."""
    for _line, kind, value in jinja.lex(source):
        if kind == "data":
            yield value
        elif kind == "variable_begin":
            yield SLOT


class Reader(HTMLParser):
    """Collects what a person would read."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.found += [value for name, value in attrs if value and reads(name, value.replace(SLOT, ""))]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside not in ("style", "script"):
            self.found += [words for words in map(str.strip, data.split(SLOT)) if LETTERS.search(words)]


def reads(name: str, own: str) -> bool:
    """Whether a person meets what this attribute says: by itself, or, for data-attributes, through a script."""
    return bool(LETTERS.search(own) if name in READ else name.startswith("data-") and re.search("[A-Z][a-z]", own))


def printed(jinja: Environment, source: str):
    """Literals with a capital or two words that an expression prints as they are: not a class name, not a key."""
    for output in jinja.parse(source).find_all(nodes.Output):
        for expression in output.nodes:
            if not isinstance(expression, nodes.TemplateData):
                yield from (words for words in literals(expression) if re.search(r"[A-Z][a-z]|[a-z] [a-z]", words))


def literals(expression: nodes.Node):
    """The strings that `expression` may turn out to be."""
    match expression:
        case nodes.Const(value=str() as words):
            yield words
        case nodes.CondExpr():
            for branch in (expression.expr1, expression.expr2):
                yield from literals(branch)
        case nodes.Or() | nodes.And() | nodes.Add():
            yield from literals(expression.left)
            yield from literals(expression.right)
        case nodes.Concat():
            for piece in expression.nodes:
                yield from literals(piece)
        case nodes.Filter():
            yield from literals(expression.node)
            if expression.name in ("default", "d"):
                for argument in expression.args:
                    yield from literals(argument)
