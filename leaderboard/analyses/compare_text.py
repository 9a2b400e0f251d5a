"""A comparison of two rows for a screen of 100 columns, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.scoring.intervals import LEVEL, excludes_zero
from benchmark.scoring.multiple_testing import ALPHA
from benchmark.scoring.statistics import RESAMPLES
from leaderboard.analyses.compare import Comparison, Example, Part
from leaderboard.analyses.pairing import Key, name_of
from leaderboard.output import display_width
from leaderboard.output.escape import plain
from leaderboard.output.numbers import STAR, places, points, rounded, signed

SCHEMA = 1
WIDTH = 100
_NAME = 22  # of a domain or type: longer ones are cut
_COLUMNS = ("A", "B", "A − B", f"{LEVEL:.0%} interval", "p", "only A", "only B")


def to_text(found: Comparison, *, types: int = 10, words: bool = True) -> str:
    """Render a comparison; ``types`` bounds how many are shown, ``words`` shows the text of mentions."""
    a, b = found.rows.first, found.rows.second
    lines = [plain(f"{found.rows.setting}: A = {name_of(a)}, B = {name_of(b)}"), ""]
    parts = [(domain, part) for domain, part in found.domains.items()]
    lines += _table("domain", "sentences", [*parts, ("average", found.average)])
    lines += ["", *_wrapped(_how(found))]
    shown = sorted(found.types.items(), key=lambda item: (item[1].corrected, item[1].p, -abs(_gap(item[1]))))
    lines += ["", f"Types ({min(types, len(shown))} of {len(shown)}, the surest differences first)"]
    named = [(f"{domain} {name}", part) for (domain, name), part in shown[:types]]
    lines += _table("type", "gold", named)
    for right, side in ((True, "A"), (False, "B")):
        some = [example for example in found.examples if example.first_is_right == right]
        if some:
            lines += ["", f"Only {side} is right, such as"]
            lines += [line for example in some for line in _example(example, words)]
    if found.rows.alone:
        lines += ["", *_wrapped(f"Left out, since only one has it: {places(found.rows.alone)}.")]
    if found.rows.oracle:
        lines += [
            "",
            *_wrapped("[oracle] at least one is not a method: types taken from the gold annotation."),
        ]
    return "\n".join(lines) + "\n"


def _gap(part: Part) -> float:
    return part.difference.observed


def _table(what: str, of: str, parts: Sequence[tuple[str, Part]]) -> Iterator[str]:
    rows = [(what, of, *_COLUMNS), *((_cut(name), *_cells(part)) for name, part in parts)]
    widths = [max(map(display_width.of, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * wide for wide in widths))
    for row in rows:
        cells = [
            display_width.left(row[0], widths[0]),
            *(display_width.right(c, w) for c, w in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()


def _cut(name: str) -> str:
    text = plain(name)
    return text if len(text) <= _NAME else text[: _NAME - 1] + "…"


def _cells(part: Part) -> tuple[str, ...]:
    limits = part.difference.interval
    star = STAR if part.corrected < ALPHA else ""
    return (
        f"{part.of:,}",
        points(part.first_f1),
        points(part.second_f1),
        signed(part.difference.observed) + star,
        f"{signed(limits.low)} to {signed(limits.high)}",
        f"{part.corrected:.4f}" if part.corrected >= 0.0001 else "<0.0001",
        f"{part.only_first:,}",
        f"{part.only_second:,}",
    )


def _how(found: Comparison) -> str:
    seeds = found.seeds
    several = len(seeds) > 1
    told = f"seeds {', '.join(map(str, seeds))}" if several else f"seed {seeds[0]}"
    luck = "sentences and seeds" if several else "sentences, not of the seed"
    return (
        f"F1 × 100 on the cells that both have ({told}). p: paired permutation test, {RESAMPLES:,} swaps of"
        f" sentences, after Holm's correction over the domains (over all types, in their table); {STAR} below"
        f" {ALPHA}. Interval: of the difference, uncorrected, for the luck of {luck}. only A, only B: whole"
        " sentences (of types: gold mentions) that one has right and the other wrong"
        + (", over all seeds." if several else ".")
    )


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _example(example: Example, words: bool) -> Iterator[str]:
    yield from _wrapped(f"{example.sentence} (seed {example.seed})", "  ", "  ")
    for name, mentions in (("gold", example.gold), ("A", example.first), ("B", example.second)):
        shown = "; ".join(_mention(one, example, words) for one in mentions) or "nothing"
        if name != "gold" and mentions == example.gold:
            shown = "as gold"
        yield from _wrapped(shown, f"    {name:5}", "         ")


def _mention(mention: Mention, example: Example, words: bool) -> str:
    text = f' "{example.words[mention[:2]]}"' if words else ""
    return f"{mention.start}–{mention.end} {mention.type}{text}"


def to_json(found: Sequence[Comparison], suite: str) -> str:
    """Render comparisons as one JSON object: fractions, ids and spans, and no text of any corpus."""
    content = {
        "schema": SCHEMA,
        "suite": suite,
        "units": "scores and differences are fractions of F1",
        "level": LEVEL,
        "alpha": ALPHA,
        "settings": {one.rows.setting: _values(one) for one in found},
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _values(found: Comparison) -> dict[str, Any]:
    types: dict[str, dict[str, Any]] = {domain: {} for domain in found.domains}
    for (domain, name), part in found.types.items():
        types[domain][name] = _part(part)
    return {
        "first": _row(found.rows.first),
        "second": _row(found.rows.second),
        "seeds": found.seeds,
        "oracle": found.rows.oracle,
        "average": _part(found.average),
        "domains": {domain: _part(part) for domain, part in found.domains.items()},
        "types": types,
        "examples": [_plain(example) for example in found.examples],
        "left_out": [{"domain": domain, "seed": seed} for domain, seed in found.rows.alone],
    }


def _row(key: Key) -> dict[str, str]:
    return dict(zip(("label", "backbone"), key, strict=True))


def _part(part: Part) -> dict[str, Any]:
    limits = part.difference.interval
    return {
        "first_f1": rounded(part.first_f1),
        "second_f1": rounded(part.second_f1),
        "difference": rounded(part.difference.observed),
        "low": rounded(limits.low),
        "high": rounded(limits.high),
        "excludes_zero": excludes_zero(limits),
        "p": rounded(part.p),
        "p_holm": rounded(part.corrected),
        "of": part.of,
        "only_first": part.only_first,
        "only_second": part.only_second,
    }


def _plain(example: Example) -> dict[str, Any]:
    sides: Mapping[str, tuple[Mention, ...]] = {
        "gold": example.gold,
        "first": example.first,
        "second": example.second,
    }
    return {
        "sentence": example.sentence,
        "seed": example.seed,
        "right": "first" if example.first_is_right else "second",
        **{name: [list(mention) for mention in mentions] for name, mentions in sides.items()},
    }
