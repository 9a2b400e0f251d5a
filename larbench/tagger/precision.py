"""Which precision a device computes fastest in, and the switch for it."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


def gains_by_bf16(device: str) -> bool:
    """Whether products on ``device`` run faster in bfloat16: recent GPUs, CPUs with AMX or AVX512-BF16."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device == "cpu":
        return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
    return False


def autocast(device: str) -> AbstractContextManager[None]:
    """Return a context in which products run in bfloat16 where the device gains by it, else in float32."""
    if gains_by_bf16(device):
        mixed: AbstractContextManager[None] = torch.autocast(device.partition(":")[0], dtype=torch.bfloat16)
        return mixed
    return contextlib.nullcontext()


def attention_to_learn(device: str) -> AbstractContextManager[None]:
    """Return a context for passes with gradients and without dropout, in which attention is the faster one.

    On a CPU the fused kernel, which torch takes there, takes more than twice the time of single products.
    """
    chosen: AbstractContextManager[None] = (
        sdpa_kernel(SDPBackend.MATH) if device == "cpu" else contextlib.nullcontext()
    )
    return chosen
