"""The layers that a training leaves as they are: what they make of a sentence is computed once, and kept.

Frozen layers have no dropout, so a sentence leaves them the same in every epoch and in every evaluation on
dev. They are passed once for each sentence; afterwards the layers above start from what was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

KEPT_BYTES = 512 << 20  # of outputs kept at most; what comes later is computed each time

Encode = Callable[[Tensor, Tensor, Tensor], Tensor]


class _Reached(Exception):  # noqa: N818 - no error: the layers above are not needed
    """The last frozen layer has made its output."""


class FrozenLayers:
    """The lowest ``count`` of an encoder's layers, and their outputs of the sentences seen.

    Whoever changes these layers, or what lies below them, makes another one. ``keeping``: whether outputs of
    sentences not seen before are kept.
    """

    def __init__(self, layers: nn.ModuleList, count: int) -> None:
        self.layers, self.count = layers, count
        self.keeping = True
        self._kept: dict[bytes, Tensor] = {}
        self._room = KEPT_BYTES
        self._returned: int | None = None  # how many things a layer returns; None: its states, in no tuple

    @contextmanager
    def given(self, ids: Tensor, shapes: Tensor, mask: Tensor, encode: Encode) -> Iterator[None]:
        """Have the frozen layers give their outputs for this batch, instead of computing them, in the block.

        ``encode`` passes the whole encoder; ``ids``, ``shapes`` and ``mask`` are (batch, tokens).
        """
        states = self._states(ids, shapes, mask, encode)
        output = states if self._returned is None else (states, *[None] * (self._returned - 1))

        def give(*given: Any, **named: Any) -> Any:
            del given, named
            return output

        for layer in self.layers[: self.count]:
            layer.forward = give  # of the instance, which stays in its place
        try:
            yield
        finally:
            for layer in self.layers[: self.count]:
                del layer.forward

    def _states(self, ids: Tensor, shapes: Tensor, mask: Tensor, encode: Encode) -> Tensor:
        """Return the last frozen layer's output (batch, tokens, hidden), zeros where there is padding."""
        lengths = mask.sum(dim=1).tolist()
        rows = zip(ids.cpu().numpy(), shapes.cpu().numpy(), lengths, strict=True)
        keys = [row[:length].tobytes() + marks[:length].tobytes() for row, marks, length in rows]
        new = [number for number, key in enumerate(keys) if key not in self._kept]
        computed = {}
        if new:
            made = self._computed([part[new] for part in (ids, shapes, mask)], encode)
            for place, number in enumerate(new):
                computed[number] = made[place, : lengths[number]]
                self._keep(keys[number], computed[number])
        found = [computed[n] if n in computed else self._kept[key] for n, key in enumerate(keys)]
        states = found[0].new_zeros((*ids.shape, found[0].shape[-1]))
        for number, (one, length) in enumerate(zip(found, lengths, strict=True)):
            states[number, :length] = one
        return states

    def _keep(self, key: bytes, states: Tensor) -> None:
        size = states.numel() * states.element_size()
        if self.keeping and size <= self._room and key not in self._kept:
            self._room -= size
            self._kept[key] = states.clone()

    def _computed(self, batch: Sequence[Tensor], encode: Encode) -> Tensor:
        found: list[Tensor] = []

        def stop(layer: nn.Module, given: Any, output: Any) -> None:
            del layer, given
            self._returned = len(output) if isinstance(output, tuple) else None
            found.append(output[0] if isinstance(output, tuple) else output)
            raise _Reached

        hook = self.layers[self.count - 1].register_forward_hook(stop)
        try:
            # a later step may learn from what an evaluation has kept: inference tensors would not do
            with torch.inference_mode(False), torch.no_grad():
                encode(*(part.clone() for part in batch))
        except _Reached:
            pass
        finally:
            hook.remove()
        return found[0]
