"""The alignment as a file and as a picture: it comes back as it was, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from benchmark.errors import InputError
from lar.alignment.align import Alignment, align
from lar.alignment.alignment_file import from_artefact, read_alignment, write_alignment
from lar.alignment.heatmap import draw_heatmap

SOLVERS = st.sampled_from(["hungarian", "argmax", "transport", "none"])
grids = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32))
)


def _equal(one: Alignment, other: Alignment) -> bool:
    return (
        one.to_artefact() == other.to_artefact()
        and one.weights.tobytes() == other.weights.tobytes()
        and one.similarity.tobytes() == other.similarity.tobytes()
        and (one.pairs, one.scores, one.threshold) == (other.pairs, other.scores, other.threshold)
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
    assert _equal(from_artefact(json.loads(json.dumps(made.to_artefact()))), made)


@pytest.fixture
def made() -> Alignment:
    similarity = np.array([[0.9, 0.1], [0.25, 0.8], [1 / 3, 0.3]], dtype=np.float32)
    return align(("person", "place"), ("person", "river", "jazz"), similarity, threshold=0.5)


def test_a_file_holds_it_and_where_it_comes_from(made: Alignment, tmp_path: Path) -> None:
    path = tmp_path / "out" / "music.json"
    write_alignment(made, path, {"source": "news"})
    assert _equal(read_alignment(path), made)
    content = json.loads(path.read_text("utf-8"))
    assert content["about"] == {"source": "news"}
    assert content["pairs"] == {"person": "person", "river": "place", "jazz": None}
    assert content["solver"] == "hungarian" and content["sha256"] == made.sha256
    assert [file.name for file in path.parent.iterdir()] == ["music.json"]


def _set(key: str, value: object):
    def damage(content: dict) -> None:
        content[key] = value

    return damage


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda content: content.pop("weights"), "no key 'weights'"),
        (lambda content: content.pop("sha256"), "no key 'sha256'"),
        (_set("schema", 2), "'schema' of another form"),
        (_set("similarity", [[1, 2]]), "'similarity' of another form; expected 3 rows of 2 numbers"),
        (_set("weights", [[1, 0], [0, 1], [0, "1"]]), "'weights' of another form"),
        (_set("target_types", ["person", "person", "jazz"]), "'target_types' of another form"),
        (_set("core", {"person": "nobody"}), "'core' of another form"),
        (_set("novel", ["nobody"]), "'novel' of another form"),
        (_set("threshold", "much"), "'threshold' of another form"),
        (_set("novel", []), "'pairs' that differs"),
        (_set("solver", "argmax"), "'sha256' that differs; expected the SHA-256 of its content"),
        (lambda content: content["similarity"][0].__setitem__(1, 0.11), "'sha256' that differs"),
        (lambda content: content["pairs"].update(jazz="place"), "'pairs' that differs"),
    ],
)
def test_a_damaged_file_is_named(made: Alignment, tmp_path: Path, damage, found: str) -> None:
    path = tmp_path / "music.json"
    content = made.to_artefact()
    damage(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_alignment(path)
    assert found in str(caught.value)
    assert caught.value.path == str(path)
    assert "python -m lar align" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": NaN}', b"\xff"])
def test_what_is_no_alignment_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "music.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"music\.json"):
        read_alignment(path)


def test_a_missing_and_a_huge_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no readable file"):
        read_alignment(tmp_path / "none.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(2**25)
    with pytest.raises(InputError, match="at most"):
        read_alignment(huge)


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
