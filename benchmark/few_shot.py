"""Few-shot: the support set of a cell, and the task that shows no other label of the target.

A support set of K shots holds at least K mentions of every declared type, or all that the target's train
split has of it. That is how the field reads K-shot NER: Yang and Katiyar (EMNLP 2020, arXiv 2010.02405,
section 4, "greedy sampling"), whose algorithm this is, but for one thing. Theirs fills one type after the
other up to K, so a set of five shots need not hold the one of one shot; here all types are brought to one
mention, then to two, and so on to K. The set of K is a stage on the way to any larger one: they are nested.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence, content_hash
from benchmark.errors import LarbenchError
from benchmark.settings import contract_of, shots_of
from benchmark.task import Task, Workspace

FEW_SHOT = "few_shot"  # the key of what an identity, and a record's notes, hold of it
CONTENT = "content"


def draw_support(
    train: Sequence[LabelledSentence], types: Sequence[str], shots: int, seed: int
) -> tuple[LabelledSentence, ...]:
    """Return the support set: sentences of ``train``, in its order.

    Types go rarest first, as in Yang and Katiyar: a sentence with a rare type often has frequent ones too,
    and counts for all of them. Which sentence comes next is decided by SHA-256 of ``seed`` and the sentence's
    id, so the draw depends on neither the order of ``train`` nor any library's random numbers.

    Parameters
    ----------
    train : sequence of LabelledSentence
        What to draw from.
    types : sequence of str
        The declared ones; mentions of others count for nothing.
    shots : int
        At least 1; how many mentions of each type are wanted.
    seed : int
        The cell's.

    Returns
    -------
    tuple of LabelledSentence
        At least ``shots`` mentions of each type, or all that train has.
    """
    held = [Counter(m.type for m in sentence.mentions if m.type in types) for sentence in train]
    total = Counter(name for counts in held for name in counts.elements())
    drawn = sorted(range(len(train)), key=lambda number: (_draw(seed, train[number].id), number))
    left = {name: [n for n in reversed(drawn) if name in held[n]] for name in types}
    order = sorted(types, key=lambda name: total[name])
    chosen: set[int] = set()
    shown: Counter[str] = Counter()
    for wanted in range(1, shots + 1):
        for name in order:
            while shown[name] < wanted and left[name]:
                number = left[name].pop()
                if number not in chosen:
                    chosen.add(number)
                    shown.update(held[number])
        if not any(left.values()):
            break  # train has no more to give
    return tuple(train[number] for number in sorted(chosen))


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogatepass")).digest()


def support_of(target: Domain, setting: str, seed: int) -> tuple[LabelledSentence, ...] | None:
    """Return the support set of a cell, None where ``setting`` is not a few-shot one."""
    shots = shots_of(setting)
    return None if shots is None else draw_support(target.train, target.type_names, shots, seed)


def make_task(
    source: Domain,
    target: Domain,
    setting: str,
    seed: int,
    *,
    source_limit: int | None = None,
    workspace: Workspace | None = None,
) -> Task:
    """Build the view of two domains that ``setting`` allows, few-shot settings included.

    With few shots it is the supervised task with the support set as train and with an empty dev: to choose
    an epoch on hundreds of labelled dev sentences is to use them, whatever the size of train (Perez et al.,
    NeurIPS 2021, "True few-shot learning with language models"). ``unlabelled`` is as in every setting.

    Parameters
    ----------
    source, target : Domain
        As ``load_domain`` returns them.
    setting : str
        ``zero-shot``, ``supervised``, or ``few-shot-K``.
    seed : int
        What the support set is drawn by.
    source_limit : int, optional
        How many of the source's train sentences to keep, the first ones.
    workspace : Workspace, optional
        Where the method works; by default on the CPU, without artefacts and without a limit.

    Returns
    -------
    Task
        All that a method may see.

    Raises
    ------
    UsageError
        For an unknown setting.
    """
    task = Task.of(source, target, contract_of(setting), source_limit=source_limit, workspace=workspace)
    support = support_of(target, setting, seed)
    return task if support is None else replace(task, target=replace(task.target, train=support, dev=()))


def few_labels(target: Domain, setting: str, seed: int) -> Domain:
    """Return the domain with the support set as its train split where ``setting`` is a few-shot one."""
    support = support_of(target, setting, seed)
    return target if support is None else replace(target, train=support)


def identify(target: Domain, setting: str, seed: int) -> dict[str, Any] | None:
    """Return what an identity holds of a support set: shots, sentences, and the hash of what was drawn.

    The hash covers the way of drawing as well: whatever of it changes the draw changes the hash. None where
    ``setting`` is not a few-shot one.
    """
    support = support_of(target, setting, seed)
    if support is None:
        return None
    return {"shots": shots_of(setting), "sentences": len(support), CONTENT: content_hash((), support)}


def check_drawn(identity: Mapping[str, Any], target: Domain, setting: str, seed: int) -> None:
    """Raise ``LarbenchError`` where other sentences are drawn than the identity was made for."""
    stated, found = identity.get(FEW_SHOT), identify(target, setting, seed)
    if stated != found:
        raise LarbenchError(
            f"{setting} draws other sentences than when the run was planned: its code changed; run again"
        )


def describe_support(target: Domain, setting: str, seed: int) -> dict[str, Any] | None:
    """Return what a record notes of its support set; None where ``setting`` is not a few-shot one.

    ``of``: how many sentences train has; ``mentions`` of each type; ``short``: the types of which there are
    fewer than ``shots``, because train has no more; ``ids`` of the sentences.
    """
    support, shots = support_of(target, setting, seed), shots_of(setting)
    if support is None or shots is None:
        return None
    counts = Counter(mention.type for sentence in support for mention in sentence.mentions)
    mentions = {name: counts[name] for name in target.type_names}
    return {
        "shots": shots,
        "sentences": len(support),
        "of": len(target.train),
        "words": sum(len(sentence.tokens) for sentence in support),
        "mentions": mentions,
        "short": [name for name, count in mentions.items() if count < shots],
        "ids": [sentence.id for sentence in support],
    }
