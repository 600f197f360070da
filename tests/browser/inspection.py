"""Looks at an open page as an inspector would: can everybody use it, is it cut off, whom does it ask."""

from contextlib import contextmanager

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LEAST_TARGET = 24  # CSS pixels, WCAG 2.2 criterion 2.5.8

RUN_AXE = """async rules => {
    const { violations } = await axe.run({ runOnly: { type: 'tag', values: rules } })
    return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`))
}"""
WIDER_THAN_THE_WINDOW = """() => {
    const edge = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= edge) return []
    const sticksOut = ({ left, right }) => right > edge + .5 || left < -.5
    const guilty = [...document.querySelectorAll('body *')].filter(it => sticksOut(it.getBoundingClientRect()))
    return [`${document.documentElement.scrollWidth} of ${edge}`, ...guilty.map(it => it.outerHTML.slice(0, 120))]
}"""
SMALL_TARGETS = """least => [...document.querySelectorAll('a[href], button, summary, input, select, textarea')]
    .filter(it => it.checkVisibility({ visibilityProperty: true }) && !it.closest('.visually-hidden, .skip-link'))
    .map(it => [it.labels?.length && it.matches('[type=radio], [type=checkbox]') ? it.labels[0] : it, it])
    .map(([area, it]) => [area.getBoundingClientRect(), it])
    .filter(([area]) => area.width < least || area.height < least)
    .map(([area, it]) => `${Math.round(area.width)} x ${Math.round(area.height)}: ${it.outerHTML.slice(0, 120)}`)"""


class Watched:
    """An open page, and whatever its browser complained of or asked for since it was made."""

    def __init__(self, page: Page):
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, message) -> None:
        # Chromium also writes down that the page itself was answered with 404 or 422, which is what some states are.
        if message.type in ("error", "warning") and message.location["url"] != self.page.url:
            self.complaints.append(message.text)

    def axe(self, scheme: str) -> list[str]:
        """What axe finds wrong in "light" or "dark"."""
        self.page.emulate_media(color_scheme=scheme)
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(AXE_SCRIPT)
        return self.page.evaluate(RUN_AXE, AXE_RULES)

    def cut_off(self) -> list[str]:
        """What makes the page scroll sideways."""
        return self.page.evaluate(WIDER_THAN_THE_WINDOW)

    def small_targets(self) -> list[str]:
        return self.page.evaluate(SMALL_TARGETS, LEAST_TARGET)

    def asked_elsewhere(self, origin: str) -> list[str]:
        """What was asked of anybody but `origin`."""
        return [url for url in self.requests if not url.startswith((f"{origin}/", "data:", "blob:", "about:"))]

    def inspect(self) -> None:
        """The whole inspection of the page as it is now."""
        assert self.axe("light") == []
        assert self.axe("dark") == []
        assert self.cut_off() == []
        assert self.small_targets() == []
        assert self.complaints == []
        with self.narrowed(320, 100):
            assert self.cut_off() == []

    @contextmanager
    def narrowed(self, width: int, text_percent: int):
        """Inside, the window is `width` wide and text is `text_percent` of its usual size."""
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": size["height"]})
        self.page.evaluate("percent => { document.documentElement.style.fontSize = `${percent}%` }", text_percent)
        try:
            yield
        finally:
            self.page.evaluate("document.documentElement.style.fontSize = ''")
            self.page.set_viewport_size(size)


class EverybodyCanUseIt:
    """What is asked of every page that the fixture `opened` of a file opens."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, opened, scheme):
        assert opened.axe(scheme) == []

    @pytest.mark.parametrize(("width", "text_percent"), [(320, 100), (390, 200), (1280, 200), (320, 200)])
    def test_nothing_scrolls_sideways(self, opened, width, text_percent):
        with opened.narrowed(width, text_percent):
            assert opened.cut_off() == []

    def test_everything_to_press_is_large_enough(self, opened):
        assert opened.small_targets() == []
