"""What the tests of the live page share: opening it, and what its label says."""

from playwright.sync_api import Page, expect


def follow(page: Page, address: str) -> Page:
    """Open a customer's page and wait until it is live. What it remembers is lost by a reload."""
    page.goto(address)
    expect_label(page, "Live")
    page.evaluate("window.isTheSamePage = true")
    return page


def stay(page: Page, address: str) -> None:
    """Open a page of the staff and wait until it listens. What it remembers is lost by a reload."""
    with page.expect_response("**/staff/live"):
        page.goto(address)
    page.evaluate("window.isTheSamePage = true")


def is_the_same_page(page: Page) -> bool:
    return page.evaluate("window.isTheSamePage === true")


def expect_label(page: Page, words: str) -> None:
    expect(page.locator("#live")).to_have_text(words)


def expect_headline(page: Page, words: str) -> None:
    expect(page.locator("#headline")).to_have_text(words)


def expect_wiped(page: Page) -> None:
    """The page says that its link was revoked, and no word about the job is left in it."""
    expect(page.locator("h1")).to_have_text("This link has been revoked")
    expect(page.locator("body > *")).to_have_count(1)
