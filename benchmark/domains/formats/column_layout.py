"""Which column of a file holds the tokens and which the tags, found from its first rows or stated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmark.domains.reading import ReadOptions
from benchmark.domains.tag_spelling import spell
from benchmark.domains.tags import OUTSIDE

Row = Sequence[str]

TOKEN_NAMES = frozenset({"token", "tokens", "word", "words", "form", "text", "sentence"})
TAG_NAMES = frozenset({"tag", "tags", "ner", "ner_tag", "ner_tags", "label", "labels", "ne", "entity", "bio"})
# what else a row of names may call columns of tags, beside one of tokens
SIDES = frozenset({"gold", "true", "pred", "predicted", "prediction", "predictions", "system", "guess"})
# types of the chunks that CoNLL-2000 and CoNLL-2003 have in a column of their own
_CHUNKS = frozenset({"NP", "VP", "PP", "ADVP", "SBAR", "ADJP", "PRT", "CONJP", "INTJ", "LST", "UCP"})
_TAG = re.compile(r"[BIESLUMW]-\S+|[BIO]")
_MOSTLY = 0.9
_SPAN = re.compile(r"[0-9]{1,9}([-.][0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Columns:
    """How the rows of a file are written: in so many columns, apart by tabs or by spaces.

    ``token`` and ``tag`` are their columns, from 0. ``index`` counts the tokens of each sentence, where there
    is such a column; ``ids`` together number the sentences (of documents, and in each, say); ``names`` is the
    first row where it names them. ``taken`` says all this, ``problem`` what is wrong with what was stated.
    """

    count: int
    tabs: bool
    token: int = 0
    tag: int = -1
    index: int | None = None
    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    taken: str = ""
    problem: str = ""


def find_columns(
    sentences: Sequence[Sequence[Row]],
    count: int,
    tabs: bool,
    options: ReadOptions,
    names: Sequence[str] = (),
    *,
    header: bool = False,
    trailing: bool = False,
) -> Columns:
    """Return the columns of rows that have ``count`` cells each, sentence by sentence.

    The tags are in the last column that holds tags, of two that stand side by side in the first, which has
    the outer mentions where they nest; columns of chunks are passed over. The tokens are in the first other
    column that neither counts 1, 2, 3 in each sentence nor numbers the sentences. What ``options`` state
    overrules this; ``names`` are the columns' names, where the file has them. ``header``:
    its first row names them. ``trailing``: the last column is empty in all rows.
    """
    rows = [row for sentence in sentences for row in sentence]
    tag, token, problem = None, None, ""
    try:
        tag = _stated(options.tag_column, count, names, TAG_NAMES)
        token = _stated(options.token_column, count, names, TOKEN_NAMES)
    except ValueError as error:
        problem = str(error)
    holding = _tag_columns(rows, count, options)
    notes = []
    if tag is None:
        tag, note = _choose_tag(rows, holding, count - (trailing and count > 2), options)
        notes += note
    if trailing and rows and count > 2:
        notes.append(f"every row ends in a {'tab' if tabs else 'space'}")
    index = _first(count, lambda column: column != tag and _counts(sentences, column)) if count > 2 else None
    ids = (
        _id_columns(sentences, [n for n in range(count) if n not in (tag, index, token)]) if count > 2 else ()
    )
    if token is None:
        free = [column for column in range(count) if column not in (tag, index, *ids)]
        token = free[0] if free else 0
    elif token == index:
        index = None
    if index is not None:
        notes.append(f"column {index + 1} counts tokens")
    if ids:
        several = f"columns {', '.join(str(column + 1) for column in ids)} number"
        notes.append(f"{several if len(ids) > 1 else f'column {ids[0] + 1} numbers'} sentences")
    said = "; ".join([f"token in column {token + 1}, tag in column {tag + 1} of {count}", *notes])
    return Columns(count, tabs, token, tag, index, ids, tuple(names) if header else (), said, problem)


def _stated(column: int | str | None, count: int, names: Sequence[str], usual: frozenset[str]) -> int | None:
    """Return the column that is stated, or that has a usual name, from 0; None where neither is so."""
    lowered = [name.lower() for name in names]
    if column is None:
        return next((number for number, name in enumerate(lowered) if name in usual and number < count), None)
    if isinstance(column, str) and column.lower() in lowered[:count]:
        return lowered.index(column.lower())
    try:
        number = int(column)
    except ValueError:
        there = f"; it has {', '.join(names)}" if names else ", and the file names none"
        raise ValueError(f"no column named {column!r}{there}") from None
    if not (1 <= number <= count or -count <= number <= -1):
        raise ValueError(f"column {number} of {count}")
    return number - 1 if number > 0 else count + number


def looks_like_tag(text: str) -> bool:
    """Whether a text is a tag with a prefix, ``O``, or a bare prefix."""
    return text == OUTSIDE or _TAG.fullmatch(text) is not None


def _tag_columns(rows: Sequence[Row], count: int, options: ReadOptions) -> list[int]:
    """Return the columns that hold tags in nearly all rows."""
    found = []
    for column in range(count):
        values = Counter(row[column] for row in rows)
        right = sum(number for value, number in values.items() if looks_like_tag(spell(value, options)))
        if rows and right >= _MOSTLY * len(rows):
            found.append(column)
    return found


def _choose_tag(
    rows: Sequence[Row], holding: Sequence[int], count: int, options: ReadOptions
) -> tuple[int, list[str]]:
    """Return the column of the tags, and what is to be said of the choice."""
    if len(holding) > 1 and holding[0] == 0:
        holding = holding[1:]  # tokens that look like tags
    with_mentions = [
        column for column in holding if any(row[column] not in (OUTSIDE, options.outside) for row in rows)
    ]
    named = [column for column in with_mentions if not _is_chunks(rows, column)]
    empty = [column for column in holding if column not in with_mentions]
    chosen = named or empty or with_mentions
    if not chosen:
        return count - 1, []
    last = chosen[-1]
    first = last
    while first - 1 in chosen:
        first -= 1
    if first == last:
        return last, ["column 1 holds the tags"] if last == 0 and count > 1 else []
    others = ", ".join(str(column + 1) for column in range(first + 1, last + 1))
    several = last - first > 1
    what = f"columns {others} hold" if several else f"column {others} holds"
    return first, [f"{what} tags too, nested ones or predictions (--tag-column takes another)"]


def _is_chunks(rows: Sequence[Row], column: int) -> bool:
    return all(row[column] == OUTSIDE or row[column][2:] in _CHUNKS for row in rows)


def _first(count: int, fits: Callable[[int], bool]) -> int | None:
    return next((column for column in range(count) if fits(column)), None)


def _counts(sentences: Sequence[Sequence[Row]], column: int) -> bool:
    """Whether a column counts the tokens of each sentence from 1 (or 0), passing over CoNLL-U's ranges."""
    longest = 0
    for sentence in sentences:
        cells = [row[column] for row in sentence]
        if not all(map(_SPAN.fullmatch, cells)):
            return False
        numbers = [int(cell) for cell in cells if cell.isdecimal()]
        if (numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers)))) or numbers[:1] > [1]:
            return False
        longest = max(longest, len(numbers))
    return longest > 1


def _id_columns(sentences: Sequence[Sequence[Row]], candidates: Sequence[int]) -> tuple[int, ...]:
    """Return the columns that number sentences, each more of them than those before it do."""
    found: tuple[int, ...] = ()
    most = 0
    for column in candidates:
        number = _numbered(sentences, (*found, column))
        if number > most:
            found, most = (*found, column), number
    return found


def _numbered(sentences: Sequence[Sequence[Row]], columns: tuple[int, ...]) -> int:
    """Return how many sentences columns number: an id in each row or in the first only; 0 if they do not."""
    rows = [row for sentence in sentences for row in sentence]
    last = columns[-1]
    ids = [tuple(row[column] for column in columns) for row in rows if row[last].strip()]
    runs = [value for value, _ in groupby(ids)]
    if len(runs) < 2 or len(set(runs)) != len(runs) or 2 * len(runs) > len(rows):
        return 0
    if not all(any(character.isdigit() for character in value[-1]) for value in runs):
        return 0
    one_each = all(len({row[last] for row in sentence if row[last].strip()}) <= 1 for sentence in sentences)
    return len(runs) if len(sentences) < 2 or one_each else 0
