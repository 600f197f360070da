"""A customer's phone with a page open, and the moments at which it showed something else."""

import time

from playwright.sync_api import Browser

from tests.browser.chromium import PHONE
from tests.conftest import wait_for

WIPED = "(wiped)"

# Notes headline and pill whenever either changes. A frame's callbacks run before it is painted, and a task queued there
# runs after it: that task's time is when the words could be read.
WATCH = """wiped => {
  const now = () => performance.timeOrigin + performance.now()
  const look = () => [document.getElementById('headline')?.textContent ?? wiped,
                      document.getElementById('live')?.dataset.state ?? '']
  let last = String(look())
  window.seen = []
  new MutationObserver(() => {
    const [words, pill] = look()
    if (String([words, pill]) === last) return
    last = String([words, pill])
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => seen.push({ words, pill, painted_ms: now() })
    requestAnimationFrame(() => port2.postMessage(0))
  }).observe(document, { childList: true, subtree: true, characterData: true,
                         attributes: true, attributeFilter: ['data-state'] })
}"""
FETCH = """async () => {
  const start = performance.now()
  const answer = await fetch(location.href, { cache: 'no-store' })
  await answer.text()
  if (!answer.ok) throw new Error(answer.status)
  return performance.now() - start
}"""
IS_CALM = "() => !document.getAnimations().some(a => a.effect?.pseudoElement?.startsWith('::view-transition'))"


class Screen:
    """The page at `url` on a phone, already live. Moments are Unix times in seconds, by this process's clock."""

    def __init__(self, browser: Browser, url: str):
        self._context = browser.new_context(**PHONE)
        self.page = self._context.new_page()
        self.page.goto(url)
        self.page.wait_for_selector("#live[data-state=live]")
        self.calm()
        self.page.evaluate(WATCH, WIPED)
        self.ahead_s = min(self._clock_ahead() for _try in range(10))[1]

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_error) -> None:
        self._context.close()

    def _clock_ahead(self) -> tuple[float, float]:
        """(length of the question, how far the page's clock is ahead), in seconds: the shortest question errs least."""
        asked = time.time()
        there = self.page.evaluate("performance.timeOrigin + performance.now()") / 1000
        answered = time.time()
        return answered - asked, there - (asked + answered) / 2

    def calm(self) -> None:
        """Wait until the last change has finished fading in."""
        wait_for(lambda: self.page.evaluate(IS_CALM), "the page to be calm")

    def forget(self) -> None:
        self.page.evaluate("seen.length = 0")

    def shown_at(self, words: str, *, pill: str | None = None, within_s: float = 30) -> float:
        """When the first frame with `words`, and the pill in that state if named, was painted."""

        def find():
            seen = self.page.evaluate("seen")
            return next((s for s in seen if s["words"] == words and pill in (None, s["pill"])), None)

        return wait_for(find, f"{words!r}", within_s=within_s)["painted_ms"] / 1000 - self.ahead_s

    def wiped_at(self, *secrets: str) -> float:
        """When the page had emptied itself. Makes sure that none of `secrets` is left in it."""
        moment = self.shown_at(WIPED)
        left = self.page.content() + self.page.title()
        assert not [secret for secret in secrets if secret in left], "the page still tells"
        return moment

    def wait_for_pill(self, state: str) -> None:
        self.page.wait_for_selector(f"#live[data-state={state}]")

    def fetch_ms(self) -> float:
        """The baseline: how long this browser takes to fetch this page and no more."""
        return self.page.evaluate(FETCH)
