"""Where the names of marks stand in a drawing, so that none covers another or leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTHS, HEIGHT = (250.0, 320.0, 400.0, 500.0, 620.0), 260.0  # of drawings in windows of any width, in pixels
_MARK = 6.0  # half of a mark's size
_LETTER, _LINE = 6.7, 14.0  # of the type that names are set in
_BESIDE, _OUTSIDE = 9.0, 18.0  # from the mark; how far a name may stand out of the drawing


@dataclass(frozen=True)
class Label:
    """A name's place from its mark, in pixels, and which end of it stands there."""

    dx: float
    dy: float
    anchor: str


# lower right, upper left, upper right, lower left: the front rises to the right
_PLACES = (
    Label(_BESIDE, 16, "start"),
    Label(-_BESIDE, -7, "end"),
    Label(_BESIDE, -7, "start"),
    Label(-_BESIDE, 16, "end"),
)
_Box = tuple[float, float, float, float]  # left, top, right, bottom


def place_labels(
    names: Sequence[tuple[float, float, str]], marks: Sequence[tuple[float, float]]
) -> list[Label | None]:
    """Return a place for each name, None for one that has no room.

    Parameters
    ----------
    names : sequence of (float, float, str)
        Places in per cent of the drawing from its upper left, and names; later ones first get their place.
    marks : sequence of (float, float)
        The places of all marks, which no name may cover.
    """
    taken: dict[float, list[_Box]] = {}
    for width in WIDTHS:
        places = [(x / 100 * width, y / 100 * HEIGHT) for x, y in marks]
        taken[width] = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in places]
    found: list[Label | None] = []
    for x, y, name in reversed(names):
        found.append(None)
        for label in _PLACES:
            boxes = {width: _box(x, y, name, label, width) for width in WIDTHS}
            if all(_free(box, width, taken[width]) for width, box in boxes.items()):
                found[-1] = label
                for width, box in boxes.items():
                    taken[width].append(box)
                break
    return found[::-1]


def _box(x: float, y: float, name: str, label: Label, width: float) -> _Box:
    long = _LETTER * len(name)
    left = x / 100 * width + label.dx - (long if label.anchor == "end" else 0)
    bottom = y / 100 * HEIGHT + label.dy + 3
    return (left, bottom - _LINE, left + long, bottom)


def _free(box: _Box, width: float, taken: Sequence[_Box]) -> bool:
    """Whether a box lies in the drawing, or no further out of it than may be, and covers no other."""
    across = box[0] >= -_OUTSIDE and box[2] <= width + _OUTSIDE
    return across and box[1] >= -_OUTSIDE and box[3] <= HEIGHT and not any(_cover(box, one) for one in taken)


def _cover(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
