"""The most probable of many types, block by block: those of the whole distribution, whatever the blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lar.alignment.align import align
from lar.inference.candidates import greatest, top_types
from lar.inference.direct import DirectInference, Views, Weights
from lar.inference.mentions import FoundMentions
from larbench.tagger.embedding import unit_rows

Floats = npt.NDArray[np.float32]


@given(
    values=arrays(
        np.float32,
        st.tuples(st.integers(0, 4), st.integers(1, 8)),
        elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
    ),
    data=st.data(),
)
def test_greatest_is_what_sorting_each_row_says(values: Floats, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, values.shape[1]))
    expected = [sorted(range(len(row)), key=lambda n: (-row[n], n))[:k] for row in values.tolist()]
    assert greatest(values, k).tolist() == expected


def _case(mentions: int, targets: int) -> tuple[DirectInference, FoundMentions, Views]:
    rng = np.random.default_rng(mentions + 100 * targets)

    def rows(count: int) -> Floats:
        return unit_rows(rng.normal(size=(count, 8)).astype(np.float32))

    types, sources = rows(targets), rows(3)
    names = [f"t{n}" for n in range(targets)]
    alignment = align(["s0", "s1", "s2"], names, types @ sources.T)
    views = Views(rows(mentions), rows(mentions), rows(mentions))
    source = rng.dirichlet(np.ones(3), size=mentions).astype(np.float32)
    found = FoundMentions(np.arange(mentions), [(0, 1)] * mentions, source)
    return DirectInference.prepare(alignment, types, views, Weights()), found, views


@pytest.mark.parametrize("block", [1, 90, 10_000])
@pytest.mark.parametrize("k", [1, 3, 50])
def test_blocks_leave_no_trace(block: int, k: int) -> None:
    inference, found, views = _case(mentions=23, targets=40)
    whole = inference.distribution(found, views)
    best = top_types(inference, found, views, k, block=block)
    assert best.types.shape == best.probability.shape == (23, min(k, 40))
    assert best.types.tolist() == np.argsort(-whole, axis=1, kind="stable")[:, :k].tolist()
    np.testing.assert_allclose(best.probability, -np.sort(-whole, axis=1)[:, :k], rtol=1e-5)


def test_no_mention_no_row_and_no_type_asked_for() -> None:
    inference, found, views = _case(mentions=0, targets=5)
    assert top_types(inference, found, views, 2).types.shape == (0, 2)
    with pytest.raises(ValueError, match="k = 0"):
        top_types(inference, found, views, 0)
