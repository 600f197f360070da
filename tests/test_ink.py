"""What counts as a signature, and how it comes to stand in its box."""

import re

import pytest

from portal import ink


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([^ML]+)", path)]


@pytest.mark.parametrize("text", [None, "", "M1 1", "L1 1L90 90", "M1 1L1 1", "M1 1L5 5L1 1", "M0 0L9 9Z", "M1,1L90,9"])
def test_next_to_nothing_is_no_signature(text):
    assert ink.read(text) == ""


@pytest.mark.parametrize("text", ["M0 0L320 200", "M0 0L9.5 90M310 150L3 3", "M5 5L6 199", "M1 1L20 20"])
def test_whatever_the_size_of_the_pad_it_stands_inside_the_box(text):
    path = ink.read(text)
    assert ink.DRAWN.fullmatch(path)
    assert all(0 <= x <= ink.WIDTH and 0 <= y <= ink.HEIGHT for x, y in points(path))
    assert len(points(path)) == len(points(text))


def test_it_is_never_made_larger_and_keeps_its_shape():
    (ax, ay), (bx, by) = points(ink.read("M10 10L40 30"))
    assert (round(bx - ax, 1), round(by - ay, 1)) == (30, 20)


def test_what_was_read_reads_the_same_again():
    once = ink.read("M0 0L320 200L40 10")
    assert ink.read(once) == once
