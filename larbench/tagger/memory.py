"""Batches that fit the memory: where it runs out, the token budget is halved and the work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from larbench.tagger.encoding import Piece, batches_by_length, padded_width

Made = TypeVar("Made")


def prediction_budget(device: str) -> int:
    """Return how many padded tokens to give an encoder at once where nothing is learned."""
    return 16384 if device.startswith("cuda") else 4096


def out_of_memory(error: RuntimeError) -> bool:
    """Whether an error says that the device's memory did not suffice."""
    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    said = str(error).lower()
    return "out of memory" in said or "can't allocate memory" in said or "alloc_failed" in said


def release(device: str) -> None:
    """Give back what the allocator holds free, so that smaller blocks can be made of it."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def padded_tokens(pieces: Sequence[Piece], numbers: Sequence[int]) -> int:
    """Return how many tokens a batch of these pieces has, padding included."""
    return len(numbers) * padded_width(max(len(pieces[i]) for i in numbers))


def in_batches(
    pieces: Sequence[Piece], device: str, run: Callable[[Sequence[int]], Made], *, budget: int | None = None
) -> Iterator[tuple[Sequence[int], Made]]:
    """Yield the piece numbers of each batch with what ``run`` made of them, every piece once.

    A batch that does not fit the memory is cut, and no later one is larger than half of it. An error
    that says so of a single piece is raised.
    """
    waiting = batches_by_length(pieces, budget or prediction_budget(device))[::-1]
    while waiting:
        numbers = waiting.pop()
        try:
            made = run(numbers)
        except RuntimeError as error:
            if not out_of_memory(error) or len(numbers) == 1:
                raise
        else:
            yield numbers, made
            continue
        # outside of the handler: the error's traceback would hold the tensors that have to go
        release(device)
        left = [*numbers, *(i for batch in reversed(waiting) for i in batch)]
        waiting = cut(pieces, left, padded_tokens(pieces, numbers) // 2)[::-1]


def cut(pieces: Sequence[Piece], numbers: Sequence[int], budget: int) -> list[list[int]]:
    """Cut a batch into batches of at most ``budget`` padded tokens, one piece at least."""
    return [[numbers[i] for i in batch] for batch in batches_by_length([pieces[i] for i in numbers], budget)]


class MemoryBudget:
    """How many padded tokens a training step may hold at once: no bound until the memory has run out."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.tokens: int | None = None

    def parts(self, pieces: Sequence[Piece], numbers: Sequence[int]) -> list[list[int]]:
        """Return the batch whole, or cut into parts that fit."""
        return [list(numbers)] if self.tokens is None else cut(pieces, numbers, self.tokens)

    def shrink(self, pieces: Sequence[Piece], parts: Sequence[Sequence[int]]) -> None:
        """Halve the budget, since the largest of these parts did not fit."""
        self.tokens = max(padded_tokens(pieces, part) for part in parts) // 2
        release(self.device)
