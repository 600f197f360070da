"""Reads an answer as a strict browser and as a person would: no parse error, what a form holds, what is said."""

import html5lib


class Page:
    """A rendered page. Making one proves that its HTML has no error and no id twice."""

    def __init__(self, html: str):
        self.html = html
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.tree = parser.parse(html)
        assert parser.errors == []
        ids = [element.get("id") for element in self.elements() if element.get("id")]
        assert len(ids) == len(set(ids)), sorted(ids)

    def elements(self):
        """Every element that is on the page. What is inside a <template> is not."""

        def walk(element):
            yield element
            if element.tag != "template":
                for child in element:
                    yield from walk(child)

        return (element for element in walk(self.tree) if isinstance(element.tag, str))

    def find(self, id: str):
        return next((element for element in self.elements() if element.get("id") == id), None)

    def all(self, tag: str, **attributes: str | None) -> list:
        """Every `tag` element with these attributes."""
        there = (element for element in self.elements() if element.tag == tag)
        return [e for e in there if all(e.get(name) == value for name, value in attributes.items())]

    def words(self, id: str = "") -> str:
        """What is written on the page, or in one element, with single spaces. Styles and scripts say nothing."""
        root = self.find(id) if id else self.tree.find("body")
        return "" if root is None else said(root)

    @property
    def title(self) -> str:
        return said(self.tree.find("head/title"))

    @property
    def h1(self) -> str:
        return " ".join(said(heading) for heading in self.all("h1"))

    def error(self, field: str) -> str:
        """The words beside `field`, tied to it for a screen reader; "" when there are none."""
        words = self.words(f"{field}-error")
        if words:
            tied = [e for e in self.elements() if f"{field}-error" in (e.get("aria-describedby") or "").split()]
            assert [e.get("aria-invalid") for e in tied] == ["true"], f"nothing on the page points at {field}-error"
        return words

    def kept(self, field: str) -> str:
        """What the control named `field` holds."""
        controls = [e for e in self.elements() if e.get("name") == field and e.tag in ("input", "textarea", "select")]
        assert controls, f"no control named {field}"
        match controls[0].tag, controls[0].get("type"):
            case "textarea", _:
                return controls[0].text or ""
            case "select", _:
                return next((o.get("value") for o in controls[0].iter("option") if "selected" in o.attrib), "")
            case _, "radio" | "checkbox":
                return next((e.get("value") or "on" for e in controls if "checked" in e.attrib), "")
        return controls[0].get("value") or ""


def said(element) -> str:
    """The words of an element, with a space wherever a tag begins or ends."""
    silent = {"style", "script", "template", "noscript"}

    def pieces(node):
        if isinstance(node.tag, str) and node.tag not in silent:
            yield node.text or ""
            for child in node:
                yield from pieces(child)
                yield child.tail or ""

    return " ".join(" ".join(pieces(element)).split())


def read(answer, code: int = 200) -> Page:
    """The page of an answer that must have the status `code`."""
    assert answer.status_code == code, f"{answer.status_code} {answer.headers.get('Location', '')} {answer.text[-600:]}"
    return Page(answer.text)
