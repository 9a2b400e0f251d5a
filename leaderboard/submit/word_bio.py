"""GNER's answers, ``Ada(B-person) met(O) Rome(B-location)``, as predictions of a test set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from benchmark.domains.corpus import Domain, Mention
from benchmark.domains.tags import OUTSIDE, decode
from benchmark.errors import UsageError, shown
from leaderboard.submit.answers import read_answers, rename_types
from leaderboard.submit.convert import Converted
from leaderboard.submit.findings import Findings

GNER, CONLLEVAL = "gner", "conlleval"
READINGS = (GNER, CONLLEVAL)
_TAG = re.compile(r"\((B-[^()]*|I-[^()]*|O)\)")
_EXPECTED = '{"instance": {"words": ["Ada", "left"]}, "prediction": "Ada(B-person) left(O)"}'

Tagged = Sequence[tuple[str, str]]


def from_word_bio(
    path: Path,
    domain: Domain,
    *,
    names: Mapping[str, str] | None = None,
    common: bool = False,
    drop_undeclared: bool = False,
    dataset: str | None = None,
    reading: str = GNER,
) -> Converted:
    """Return the predictions in answers of GNER (Ding et al., 2024), a word and its tag after the other.

    The words of an answer are brought to the tokens of the sentence in order, whatever their case; a model
    that leaves words out, invents some or repeats itself loses those alone. Tokens without a word are O.

    Parameters
    ----------
    path : Path
        JSON lines or one JSON array: ``prediction``, and the words in ``instance``.
    domain : Domain
        The domain whose test set was predicted.
    names : mapping of str to str, optional
        Type as written → the domain's name for it; the domain's readable names need none.
    common : bool
        Whether types that are the domain's but for the spelling are mapped too.
    drop_undeclared : bool
        Take types that the domain does not declare for O, as GNER does; they are refused otherwise.
    dataset : str, optional
        Which items to take, of a file with several data sets.
    reading : {"gner", "conlleval"}
        How an I that follows another type is read. GNER's evaluator goes on with the mention until the next
        B or O, and gives it its last word's type; conlleval begins another.

    Raises
    ------
    Refused
        With every item that has something wrong, and every type that is not declared.
    """
    if reading not in READINGS:
        raise UsageError(f"no reading {reading!r}: there are {', '.join(READINGS)}")
    findings = Findings()
    answers = read_answers(path, domain, dataset, findings, _EXPECTED)
    said = {answer.sentence.id: tagged(str(answer.fields.get("prediction", ""))) for answer in answers}
    kinds = (tag[2:] for words in said.values() for _, tag in words if tag != OUTSIDE)
    types = rename_types(
        kinds, path, domain, findings, names=names, common=common, drop_undeclared=drop_undeclared
    )
    predictions: dict[str, list[Mention]] = {}
    missing: list[str] = []
    for answer in answers:
        words = [
            (word, tag[:2] + types.names[tag[2:]] if tag[2:] in types.names else OUTSIDE)
            for word, tag in said[answer.sentence.id]
        ]
        tags, lost = _aligned(answer.sentence.tokens, words)
        missing += [f"line {answer.line}: {shown(word)}" for word in lost]
        predictions[answer.sentence.id] = decode(tags, "IOB2") if reading == CONLLEVAL else _whole(tags)
    return Converted(
        {sentence.id: predictions[sentence.id] for sentence in domain.test},
        missing=tuple(missing),
        undeclared=types.undeclared,
        mapped=types.mapped,
    )


def tagged(answer: str) -> list[tuple[str, str]]:
    """Return the words of an answer with their tags.

    >>> tagged("Ada(B-person) left(O),(O)")
    [('Ada', 'B-person'), ('left', 'O'), (',', 'O')]
    """
    found, at = [], 0
    for match in _TAG.finditer(answer):
        word = answer[at : match.start()].strip()
        if word:
            found.append((word, match[1].strip()))
        at = match.end()
    return found


def _aligned(tokens: Sequence[str], words: Tagged) -> tuple[list[str], list[str]]:
    """Return a tag for each token, and the words that are of none.

    Words between two that are equal are taken for the tokens there where they are as many: a tokeniser may
    have lost a character of theirs.
    """
    tags, lost = [OUTSIDE] * len(tokens), []
    have, said = [token.lower() for token in tokens], [word.lower() for word, _ in words]
    for kind, first, last, start, end in SequenceMatcher(None, have, said, autojunk=False).get_opcodes():
        if last - first == end - start:
            tags[first:last] = [tag for _, tag in words[start:end]]
        elif kind != "delete":
            lost += [word for word, _ in words[start:end]]
    return tags, lost


def _whole(tags: Sequence[str]) -> list[Mention]:
    """Return the mentions as GNER's evaluator has them."""
    found: list[Mention] = []
    start = None
    for index, tag in enumerate([*tags, OUTSIDE]):
        if start is not None and tag[0] != "I":
            found.append(Mention(start, index, tags[index - 1][2:]))
            start = None
        if start is None and tag != OUTSIDE:
            start = index
    return found
