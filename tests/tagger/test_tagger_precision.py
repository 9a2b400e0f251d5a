"""The switch to bfloat16 follows what the device gains by it."""

from __future__ import annotations

import pytest
import torch

from larbench.tagger import precision
from larbench.tagger.precision import autocast, gains_by_bf16


@pytest.mark.parametrize(("gains", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_products_run_in_the_precision_that_gains(
    monkeypatch: pytest.MonkeyPatch, gains: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(precision, "gains_by_bf16", lambda device: gains)
    ones = torch.ones((2, 2))
    with autocast("cpu"):
        assert (ones @ ones).dtype == expected
    assert (ones @ ones).dtype == torch.float32


def test_unknown_devices_stay_in_float32() -> None:
    assert not gains_by_bf16("mps")
    with autocast("mps"):
        assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("answer", [True, False])
def test_the_gpu_is_asked_without_emulation(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    asked: list[bool] = []

    def supported(*, including_emulation: bool) -> bool:
        asked.append(including_emulation)
        return answer

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert gains_by_bf16("cuda:0") is answer
    assert asked == [False]


@pytest.mark.parametrize(
    ("amx", "avx", "expected"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_the_cpu_needs_either_unit(
    monkeypatch: pytest.MonkeyPatch, amx: bool, avx: bool, expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    assert gains_by_bf16("cpu") is expected
