"""The alignment as JSON and as a picture: nothing is lost, and its hash knows every part."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lar.alignment.align import Alignment, align
from lar.alignment.heatmap import draw_heatmap

SOLVERS = st.sampled_from(["hungarian", "argmax", "transport", "none"])
grids = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32))
)


@given(grids, SOLVERS, st.one_of(st.none(), st.floats(-1, 1)))
def test_it_comes_back_from_json_to_the_last_bit(
    similarity: npt.NDArray[np.float32], solver: str, threshold: float | None
) -> None:
    targets, sources = similarity.shape
    made = align(
        [f"s{n}" for n in range(sources)],
        [f"t{n}" for n in range(targets)],
        similarity + np.float32(0),  # a negative zero is written as one, and read as one: not of interest
        solver=solver,
        threshold=threshold,
    )
    written = json.loads(json.dumps(made.to_artefact()))
    for name in ("similarity", "weights"):
        read = np.array(written[name], dtype=np.float32).reshape(targets, sources)
        assert read.tobytes() == getattr(made, name).tobytes()
    assert (written["pairs"], written["threshold"]) == (made.pairs, made.threshold)
    hashed = {key: value for key, value in written.items() if key not in ("pairs", "scores", "sha256")}
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == written["sha256"] == made.sha256


@pytest.fixture
def made() -> Alignment:
    similarity = np.array([[0.9, 0.1], [0.25, 0.8], [1 / 3, 0.3]], dtype=np.float32)
    return align(("person", "place"), ("person", "river", "jazz"), similarity, threshold=0.5)


def test_the_hash_knows_every_part(made: Alignment) -> None:
    others = [
        align(made.source_types, made.target_types, made.similarity, solver=solver, threshold=threshold)
        for solver in ("hungarian", "argmax", "none")
        for threshold in (0.5, 0.4, None)
    ]
    assert len({other.sha256 for other in others}) == len(others)
    assert others[0].sha256 == made.sha256


def test_the_picture_has_the_same_bytes_twice(made: Alignment) -> None:
    first, again = draw_heatmap(made, "news → music"), draw_heatmap(made, "news → music")
    assert first == again
    assert first["png"].startswith(b"\x89PNG")
    assert b"<svg" in first["svg"] and b"dc:date" not in first["svg"]
    assert first != draw_heatmap(made, "news → art")
