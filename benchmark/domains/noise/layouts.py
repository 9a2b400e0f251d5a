"""Keyboards: which keys lie next to each other, by language.

A Latin layout hangs on the language; other scripts have letters of their own, so their layouts lie together
on one keyboard. English text knows the QWERTY keys alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from benchmark.domains.language import is_english, primary

# the letters of each keyboard, row by row as they lie below one another
QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_QWERTZ = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_AZERTY = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_LATIN: Mapping[str, Sequence[str]] = {
    "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "es": ("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    "pt": ("qwertyuiop", "asdfghjklç", "zxcvbnm"),
    "fr": _AZERTY,
    "tr": ("qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç"),
    "az": ("qüertyuiopöğ", "asdfghjklıə", "zxcvbnmçş"),
    **dict.fromkeys(("sv", "fi"), ("qwertyuiopå", "asdfghjklöä", "zxcvbnm")),
    **dict.fromkeys(("da", "no", "nb", "nn"), ("qwertyuiopå", "asdfghjklæø", "zxcvbnm")),
    **dict.fromkeys(("cs", "hr", "hu", "sk", "sl"), _QWERTZ),
}
# a space stands for a key that gives no letter, or two of them
_OTHER_SCRIPTS: Sequence[Sequence[str]] = (
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),  # Russian
    (" ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),  # Greek
    ("  קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),  # Hebrew
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤر ىةوزظ"),  # Arabic
    # Devanagari (InScript) and Thai (Kedmanee) have keys for vowel signs, which are no letters
    ("ौैाीूबहगदजड", "ोे्िुपरकतचट", "ॆंमनवलस  य"),
    ("ๆไำพะัีรนยบล", "ฟหกดเ้่าสวง", "ผปแอิืทมใฝ"),
)


def neighbours(rows: Sequence[str]) -> dict[str, str]:
    """Return letter → the letters next to it, of rows that are each shifted right by half a key."""
    found: dict[str, str] = {}
    for number, row in enumerate(rows):
        for place, letter in enumerate(row):
            near = list(row[max(0, place - 1) : place] + row[place + 1 : place + 2])
            if number > 0:
                near += list(rows[number - 1][place : place + 2])
            if number + 1 < len(rows):
                near += list(rows[number + 1][max(0, place - 1) : place + 1])
            found[letter] = "".join(near)
    return found


@cache
def keyboard(language: str) -> Mapping[str, str]:
    """Return letter → the letters next to it, all in lower case; vowel signs and the like are no letters."""
    if is_english(language):
        return neighbours(QWERTY)
    keys = neighbours(_LATIN.get(primary(language), QWERTY))
    for rows in _OTHER_SCRIPTS:
        keys |= neighbours(rows)
    found = {}
    for key, near in keys.items():
        letters = "".join(other for other in near if other.isalpha())
        if key.isalpha() and letters:
            found[key] = letters
    return found
