"""What scanners mistake: shapes that look alike in print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from benchmark.domains.language import is_dotless, is_english

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

# characters of which each may be read as any other: no key is ASCII, so that ASCII text is disturbed alike in
# all languages
_ALIKE = (
    *("הח", "דר", "בכ", "וזן", "םס", "גנ", "טמ"),  # Hebrew
    # Arabic: the same strokes with other dots, or none
    *("بتثنپ", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق", "هة", "ىي"),
    *("बव", "घध", "भम", "थय", "षप", "डङ"),  # Devanagari
    *("คด", "ถภ", "ผพ", "ฝฟ", "บป", "ชซข", "ฎฏ", "ลส", "อฮ"),  # Thai
    # Han
    *("未末", "土士", "日曰", "人入八", "大太犬", "己已巳", "千干于", "王玉", "鳥烏", "木本", "白自"),
    *("田由甲申", "力刀", "天夫", "牛午", "问间", "候侯"),
    *("シツ", "ソン", "クケ", "コユ", "ぬめ", "はほ", "るろ", "れわね", "きさ", "ちら"),  # kana
    *("ロ口", "カ力", "ニ二", "ハ八", "エ工", "ー一", "タ夕", "ト卜"),  # kana and Han
    *("ий", "шщ", "ьъ", "цщ"),  # Cyrillic
)
_ONE_WAY: Mapping[str, str] = {"ß": "B", "æ": "a", "œ": "o", "ø": "o", "ł": "l", "đ": "d", "ı": "il"}
_DOTTED: Mapping[str, str] = {"i": "ı", "I": "İl"}  # where i without a dot is a letter of its own


@cache
def look_alikes(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the look-alikes of a language: English has those of ``LOOK_ALIKES`` alone."""
    if is_english(language):
        return LOOK_ALIKES
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one, others in LOOK_ALIKES.items():
        found[one].update(dict.fromkeys(others))
    for group in _ALIKE:
        for one in group:
            found[one].update(dict.fromkeys(group.replace(one, "")))
    for one, reads in {**_ONE_WAY, **(_DOTTED if is_dotless(language) else {})}.items():
        found[one].update(dict.fromkeys(reads))
    return {one: tuple(others) for one, others in found.items()}
