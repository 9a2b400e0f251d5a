"""What fingers and scanners mistake: neighbours on a keyboard, shapes that look alike in print."""

from __future__ import annotations

from collections.abc import Mapping

# the letters of a QWERTY keyboard, row by row as they lie below one another
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in enumerate(_ROWS):
        for place, letter in enumerate(row):
            near = list(row[max(0, place - 1) : place] + row[place + 1 : place + 2])
            # each row is shifted to the right by about half a key against the one above it
            if number > 0:
                near += list(_ROWS[number - 1][place : place + 2])
            if number + 1 < len(_ROWS):
                near += list(_ROWS[number + 1][max(0, place - 1) : place + 1])
            found[letter] = "".join(near)
    return found


KEYBOARD: Mapping[str, str] = _neighbours()
"""Letter → the letters next to it on a QWERTY keyboard, all in lower case."""

LOOK_ALIKES: Mapping[str, tuple[str, ...]] = {
    "0": ("O", "o"),
    "1": ("l", "I"),
    "2": ("Z",),
    "5": ("S", "s"),
    "6": ("b", "G"),
    "8": ("B",),
    "9": ("g", "q"),
    "B": ("8", "E"),
    "C": ("G", "("),
    "D": ("O", "0"),
    "E": ("F", "B"),
    "G": ("6", "C"),
    "I": ("l", "1"),
    "O": ("0", "Q"),
    "Q": ("O",),
    "S": ("5",),
    "Z": ("2",),
    "a": ("o",),
    "b": ("h", "6"),
    "c": ("e", "o"),
    "e": ("c", "o"),
    "f": ("t",),
    "g": ("9", "q"),
    "h": ("b",),
    "i": ("l", "j"),
    "l": ("1", "I"),
    "m": ("rn", "nn"),
    "n": ("ri", "u"),
    "o": ("0", "c"),
    "q": ("g", "9"),
    "s": ("5",),
    "t": ("f", "l"),
    "u": ("n", "v"),
    "v": ("u", "y"),
    "w": ("vv",),
    "y": ("v",),
    "z": ("2",),
    "rn": ("m",),
    "nn": ("m",),
    "vv": ("w",),
    "cl": ("d",),
    "li": ("h",),
    # the same slips in Greek and Cyrillic print
    "ο": ("σ",),
    "υ": ("ν",),
    "ν": ("υ",),
    "и": ("н",),
    "н": ("и", "п"),
    "п": ("н", "л"),
    "ш": ("щ",),
    "е": ("с",),
    "с": ("е",),
}
"""One or two characters → what optical character recognition (OCR) reads in their place."""
