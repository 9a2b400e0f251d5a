"""The alignment as a picture: similarities as a heat map, each target type's partner framed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from lar.alignment.align import NOVEL, Alignment

_SALT = "larbench"  # names inside the SVG are drawn from it: the same alignment gives the same bytes


def draw_heatmap(alignment: Alignment, title: str) -> dict[str, bytes]:
    """Return the heat map as ``png`` and ``svg``; the same bytes for the same alignment.

    Rows are target types, columns source types. A partner's cell is framed, solid in the one-to-one core,
    dashed elsewhere; a type without a partner says so in its label. Figures are rounded to what is printed
    before they are coloured.
    """
    import matplotlib  # heavy: only for those who draw
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {
        "svg.hashsalt": _SALT,
        "svg.fonttype": "path",
        "font.family": ["DejaVu Sans"],  # the one that matplotlib brings along
    }
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **settings}):
        rows, columns = alignment.similarity.shape
        figure = Figure(figsize=(3.4 + 0.95 * columns, 1.3 + 0.36 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure.add_subplot(), figure, alignment, title)
        return {
            "png": _saved(figure, "png", {"Software": None}),
            "svg": _saved(figure, "svg", {"Date": None, "Creator": None}),
        }


def _draw(axes: Any, figure: Any, alignment: Alignment, title: str) -> None:
    from matplotlib.patches import Rectangle

    shown = np.round(alignment.similarity.astype(float), 2)
    image = axes.imshow(shown, cmap="viridis", aspect="auto")
    middle = (shown.min() + shown.max()) / 2
    pairs = alignment.pairs
    labels = [name if pairs[name] is not None else f"{name} ({NOVEL})" for name in alignment.target_types]
    axes.set_xticks(range(len(alignment.source_types)), alignment.source_types)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_title(title)
    for row, name in enumerate(alignment.target_types):
        for column, partner in enumerate(alignment.source_types):
            value = shown[row, column]
            ink = "black" if value > middle else "white"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=9)
            if pairs[name] == partner:
                style = "-" if name in alignment.core else "--"
                corner = (column - 0.46, row - 0.42)
                frame = Rectangle(
                    corner, 0.92, 0.84, fill=False, edgecolor="red", linewidth=2, linestyle=style
                )
                axes.add_patch(frame)
    figure.colorbar(image, ax=axes, label=f"{alignment.measure} of {alignment.type_text}")


def _saved(figure: Any, form: str, metadata: dict[str, None]) -> bytes:
    out = BytesIO()
    figure.savefig(out, format=form, dpi=120, metadata=metadata)
    return out.getvalue()
