"""What charts have in common: their style, how a figure becomes bytes, and panels of curves by domain.

matplotlib is imported when a chart is drawn, not before. The same figures give the same bytes with one
version of matplotlib: its own fonts, no user's settings, no date, fixed names inside the SVG.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from benchmark.scoring.intervals import Interval
from leaderboard.output.escape import plain
from leaderboard.output.marks import Named, marked_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Form = Literal["png", "svg"] | str
Name = tuple[str, str]  # a row's marked label and its backbone
Look = tuple[str, str, str]  # colour, marker and dashes

AVERAGE = "average"
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "svg.hashsalt": "larbench",
    "svg.fonttype": "path",  # no viewer's font can move a label
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "text.parse_math": False,  # a label is a label, dollar signs included
}
# of Okabe and Ito: told apart without colour vision, and by marker and dashes besides
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6b76")
_MARKERS = "osD^vPX"
_DASHES = ("-", "--", "-.", ":")


class _Curve(Named, Protocol):
    @property
    def backbone(self) -> str: ...


C_co = TypeVar("C_co", bound=_Curve, covariant=True)


class _Table(Protocol[C_co]):
    """What a row of panels is drawn of."""

    @property
    def domains(self) -> Sequence[str]: ...

    @property
    def curves(self) -> Sequence[C_co]: ...


T = TypeVar("T", bound=_Table[_Curve])


def drawn(figure: Callable[[], Figure], form: Form, *, dpi: int) -> bytes:
    """Make a figure in the charts' style, and return it as PNG or SVG."""
    import matplotlib.style

    with matplotlib.style.context(["default", STYLE]):
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure().savefig(out, format=form, dpi=dpi, metadata=metadata)
    return out.getvalue()


def curve_panels(
    tables: Sequence[T],
    *,
    height: float,
    footer: float,
    title: Callable[[T], str],
    bands: Callable[[T], Iterable[Interval]],
    fill: Callable[[Axes, T, str, Mapping[Name, Look]], None],
    key: str,
) -> Figure:
    """Return a figure with a row of panels a table: the average, then a column a domain, on one F1 axis.

    ``height`` of a row and ``footer`` are in inches; ``bands`` are all intervals that a row shows. ``fill``
    draws what is at a place, ``AVERAGE`` or a domain, given how each row looks, the same in all panels.
    ``key`` is the legend's title.
    """
    from matplotlib.figure import Figure

    names = dict.fromkeys(name_of(curve) for table in tables for curve in table.curves)
    looks = {name: _look(number) for number, name in enumerate(names)}
    columns = max(len(table.domains) for table in tables) + 1
    size = (2.5 * columns + 0.6, height * len(tables) + footer)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subfigures(len(tables), 1, squeeze=False)[:, 0]
    for panel, table in zip(panels, tables, strict=True):
        panel.suptitle(plain(title(table)), fontsize=11, x=0.01, ha="left")
        grid = panel.subplots(1, columns, sharey=True, squeeze=False)[0]
        for number, axes in enumerate(grid):
            axes.tick_params(left=number == 0)
            place = (AVERAGE, *table.domains)[number] if number <= len(table.domains) else None
            axes.set_visible(place is not None)
            if place is not None:
                fill(axes, table, place, looks)
                axes.set_title(plain(place), fontsize=10, fontweight="bold" if place == AVERAGE else "normal")
                axes.grid(color="#dddddd", linewidth=0.7)
                axes.set_axisbelow(True)
        grid[0].set_ylabel("F1 × 100")
        grid[0].set_ylim(_heights(list(bands(table))))
    _legend(figure, looks, key)
    return figure


def name_of(curve: _Curve) -> Name:
    """Return what a legend calls a row."""
    return marked_curve(curve), curve.backbone


def _look(number: int) -> Look:
    return (
        _COLOURS[number % len(_COLOURS)],
        _MARKERS[number % len(_MARKERS)],
        _DASHES[number % len(_DASHES)],
    )


def _heights(bands: Sequence[Interval]) -> tuple[float, float]:
    """Return the ends of the axis: tens that hold all bands, and no more, so that no curve lies flat."""
    low = 100 * min((band.low for band in bands), default=0.0)
    high = 100 * max((band.high for band in bands), default=1.0)
    return max(0.0, 10 * math.floor((low - 2) / 10)), min(100.0, 10 * math.ceil((high + 1) / 10))


def _legend(figure: Figure, looks: Mapping[Name, Look], title: str) -> None:
    """Put the looks of rows below a figure."""
    from matplotlib.lines import Line2D

    handles = []
    for (label, backbone), (colour, marker, dashes) in looks.items():
        text = plain(f"{label} ({backbone})")
        handles.append(Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=text))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(4, len(handles) or 1),
        frameon=False,
        fontsize=9,
        title=title,
        title_fontsize=9,
    )
