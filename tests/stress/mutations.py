"""Broken files: sound ones changed, or bytes made from nothing; the same draw gives the same bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence

# what readers of any format may stumble over
PIECES: tuple[bytes, ...] = (
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n\n\n", b"\t", b" "),
    *(b"\xe2\x80\x8b", "\ud800".encode("utf-8", "surrogatepass"), "\u2028".encode(), "\u0661".encode()),
    *("é".encode(), b"\x1b[2J", b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"null", b"true", b"NaN"),
    *(b"-1", b"1e999", b"9" * 5000, b"[" * 3000, b'{"a":' * 1500, b"B-", b"I-", b"O", b"-DOCSTART-"),
    b"# text = ",
)


def changed(
    sound: bytes,
    chance: random.Random,
    *,
    pieces: Sequence[bytes],
    alphabet: bytes,
    from_nothing: float = 0.1,
    repeats: int = 50,
) -> bytes:
    """Return a sound file changed in up to eight places, or bytes made from nothing.

    Parameters
    ----------
    sound : bytes
        What a reader takes.
    chance : random.Random
        What is drawn from.
    pieces : sequence of bytes
        What is put in, or put in the place of something.
    alphabet : bytes
        What half of the files from nothing are made of; the others are of any bytes.
    from_nothing : float
        The share of files that are made from nothing.
    repeats : int
        How often a part is repeated, at most.
    """
    if chance.random() < from_nothing:
        some = alphabet if chance.random() < 0.5 else bytes(range(256))
        return bytes(chance.choices(some, k=chance.randrange(200)))
    data = bytearray(sound)
    for _ in range(chance.randrange(1, 9)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.randrange(1, 30))
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[min(start, len(data) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[start:end]
        elif kind == 2:
            data[start:start] = data[start:end] * chance.randrange(1, repeats)
        elif kind == 3:
            data[start:start] = chance.choice(pieces)
        elif kind == 4:
            data[start:end] = bytes(reversed(data[start:end]))
        else:
            data[start:end] = chance.choice(pieces)
    return bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data)
