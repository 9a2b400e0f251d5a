"""What the table tells of a row besides its scores: badges, and columns of speed, size and cost.

A new badge or column is a new line in ``BADGES`` or ``FACTS``. A column is shown where at least one row has
something in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.store.record import Record
from leaderboard.analyses.noise_curves import CurveTable
from leaderboard.analyses.robustness import kept_of_row
from leaderboard.analyses.submissions import corpus_text
from leaderboard.page.submitted import TITLES, llm, meaning, ran_again, scanned, undeclared
from leaderboard.results import lost, spending
from leaderboard.results.rows import Row
from leaderboard.results.submissions import noted
from leaderboard.submit.status import TIERS


@dataclass(frozen=True)
class RowFacts:
    """All that a badge or column may look at: a row and the records that it is made of."""

    row: Row
    records: Sequence[Record]

    def noted(self, key: str) -> list[Any]:
        """Return what the row's records note under a key, in their order."""
        return [record.notes[key] for record in self.records if key in record.notes]

    @property
    def submission(self) -> Mapping[str, Any]:
        """What is known of a submission; empty for a row computed here, whatever its records note."""
        return noted(self.row.record)

    def mean(self, key: str) -> float | None:
        """Return a column of the board averaged over the row's domains, None where one of them has none."""
        values = [score.values.get(key) for score in self.row.scores.values()]
        present = [value for value in values if value is not None]
        return sum(present) / len(present) if present and len(present) == len(values) else None


@dataclass(frozen=True, slots=True)
class Badge:
    """A short mark beside a row's name; ``says`` explains it, ``on`` tells which rows have it.

    ``detail`` is what it means for one row in particular, or nothing.
    """

    key: str
    text: str
    says: str
    on: Callable[[RowFacts], bool]
    detail: Callable[[RowFacts], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A column.

    ``value`` is a number or None, ``places`` the decimals shown, ``before`` and ``after`` what stands around
    it.
    """

    key: str
    title: str
    says: str
    value: Callable[[RowFacts], float | None]
    places: int = 0
    before: str = ""
    after: str = ""


def _tier(tier: str) -> Badge:
    return Badge(
        tier,
        TITLES[tier],
        f"sent in: {meaning(tier)}",
        lambda facts: facts.submission.get("tier") == tier,
        lambda facts: "; ".join(ran_again(facts.submission)),
    )


def _asks_llm(facts: RowFacts) -> bool:
    return bool(facts.submission["uses_llm"] if facts.submission else facts.row.llm)


def _trained_on(facts: RowFacts) -> str:
    return "; ".join(map(corpus_text, facts.submission.get("training", ())))


BADGES: tuple[Badge, ...] = (
    Badge(
        "computed",
        "computed here",
        "predicted by the method's own code as its records tell, and every score computed from the stored"
        " predictions; none was taken on trust",
        lambda facts: bool(facts.row.scores) and not facts.submission,
    ),
    *(_tier(tier) for tier in TIERS),
    Badge(
        "unranked",
        "not ranked",
        "a submission that lacks a seed or a domain, claims what its predictions do not give, or hides what"
        " it was trained on; or a row that lost more answers of its language model than may be",
        lambda facts: bool(facts.row.unranked),
        lambda facts: "; ".join(facts.row.unranked),
    ),
    Badge(
        "lost",
        "lost answers",
        "asked a language model for answers that it did not get, or that could not be used",
        lambda facts: bool(lost.mark(facts.row.lost)),
        lambda facts: "; ".join(f"{d} {one.detail}" for d, one in facts.row.lost.items() if one.count),
    ),
    Badge(
        "served",
        "several models",
        "its language model's answers come from more than one model of that name, as the servers say",
        lambda facts: bool(facts.row.served),
        lambda facts: "; ".join(f"{what}: {', '.join(told)}" for what, told in facts.row.served.items()),
    ),
    Badge(
        "equal-seeds",
        "equal seeds",
        "runs of several seeds gave equal predictions: they count as one seed",
        lambda facts: bool(facts.row.equal),
        lambda facts: "; ".join(f"{d}: {', '.join(map(str, s))}" for d, s in facts.row.equal.items()),
    ),
    Badge(
        "differs",
        "re-run differs",
        "a cell of it was run again, and gave other predictions",
        lambda facts: any(not one["agrees"] for one in facts.submission.get("run_again", ())),
        lambda facts: "; ".join(ran_again(facts.submission)[1:]),
    ),
    Badge(
        "transductive",
        "transductive",
        "adapts to the words of the test sentences while it answers, without their labels",
        lambda facts: facts.row.transductive,
    ),
    Badge(
        "llm",
        "LLM",
        "asks a large language model; of a submission, as its submitter declares",
        _asks_llm,
        lambda facts: llm(facts.submission) if facts.submission else "",
    ),
    Badge(
        "training-data",
        "further training data",
        "was trained on more than this board's source, as its records note under training_data, or its"
        " submitter declares",
        lambda facts: any(facts.noted("training_data")) or bool(_trained_on(facts)),
        _trained_on,
    ),
    Badge(
        "saw-test",
        "saw test sentences",
        "its submitter declares that a test set is in its training data, which costs no rank",
        lambda facts: bool(facts.submission.get("contains_test")),
        lambda facts: f"declared: {', '.join(facts.submission['contains_test'])}",
    ),
    Badge(
        "undeclared",
        "undeclared overlap",
        "a scan of its training data found test sentences that its submitter did not declare, which costs the"
        " rank",
        lambda facts: bool(facts.submission) and undeclared(facts.submission),
        lambda facts: "; ".join(scanned(facts.submission)),
    ),
    Badge(
        "scanned",
        "scanned",
        "its training data was searched for test sentences, and holds no more than was declared",
        lambda facts: bool(facts.submission.get("overlap")) and not undeclared(facts.submission),
        lambda facts: "; ".join(scanned(facts.submission)),
    ),
    Badge(
        "limited",
        "part of the source",
        "saw only the first train sentences of the source; the number stands behind the @ of its name",
        lambda facts: facts.row.record.spec.source_limit is not None,
    ),
    Badge(
        "oracle",
        "oracle",
        "not a method: its types were taken from the gold annotation, so it is never ranked",
        lambda facts: facts.row.oracle,
    ),
    Badge(
        "above-ceiling",
        "above its ceiling",
        "says source types only, yet scores more than such a tagger can: did target labels leak?",
        lambda facts: bool(facts.row.above_ceiling),
    ),
)


def _milliseconds(facts: RowFacts) -> float | None:
    speed = facts.mean("sentences_per_second")
    return 1000 / speed if speed else None


def _parameters(facts: RowFacts) -> float | None:
    """Return millions of parameters: as counted of the fitted method, or as a submitter declares."""
    declared = facts.submission.get("parameters")
    return declared / 1e6 if isinstance(declared, int) else facts.mean("parameters")


def _tokens(facts: RowFacts) -> float | None:
    spent = spending.total(facts.row.llm.values())
    return None if spent is None else spent.tokens


def _dollars(facts: RowFacts) -> float | None:
    spent = spending.total(facts.row.llm.values())
    return None if spent is None else spent.dollars


# what a window has no room for is left out from the end
FACTS: tuple[Fact, ...] = (
    Fact(
        "train",
        "train s",
        "seconds to fit as if the row were alone, shared work included, mean of the domains",
        lambda facts: facts.mean("train_seconds"),
        1,
    ),
    Fact(
        "speed",
        "sentences/s",
        "test sentences predicted a second, adaptation included, nothing from a cache, mean of the domains",
        lambda facts: facts.mean("sentences_per_second"),
        1,
    ),
    Fact("dollars", "LLM cost", "what computing the row's cells cost, in US dollars", _dollars, 4, "$"),
    Fact("tokens", "LLM tokens", "of all prompts and answers that the row's cells rest on", _tokens),
    Fact(
        "parameters",
        "parameters, M",
        "millions of parameters, of the networks that the fitted method holds, or as its submitter declares",
        _parameters,
        1,
    ),
    Fact(
        "memory",
        "memory, MB",
        "highest resident memory of a cell's process, in MiB, mean of the domains",
        lambda facts: facts.mean("peak_memory_mb"),
    ),
    Fact("latency", "ms/sentence", "milliseconds a test sentence: 1000 over sentences/s", _milliseconds, 1),
)


def row_facts(tables: Sequence[CurveTable]) -> tuple[Fact, ...]:
    """Return all columns: what rows keep of their F1 under each series of noise, then the common ones."""
    series = dict.fromkeys(table.series for table in tables)
    return (*(_kept(tables, name) for name in series), *FACTS)


def _kept(tables: Sequence[CurveTable], series: str) -> Fact:
    def value(facts: RowFacts) -> float | None:
        found = kept_of_row(tables, facts.row).get(series)
        return None if found is None else 100 * found.value

    says = f"mean F1 over all rates of the noise {series}, in percent of the clean F1"
    return Fact(f"kept-{series}", f"kept: {series}", says, value, 1, after="%")


def machines(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the machines that computed some records, each as one line; never a host name."""
    found = {_machine(record.machine) for record in records if record.machine}
    return tuple(sorted(found))


def _machine(facts: Mapping[str, Any]) -> str:
    memory = facts.get("memory_gib")
    device = facts.get("gpu") or facts.get("device")
    parts = [
        facts.get("cpu"),
        f"{facts['cores']} cores" if facts.get("cores") else None,
        f"{memory:g} GiB" if isinstance(memory, int | float) else None,
        f"computing on {device}" if device else None,
    ]
    return ", ".join(str(part) for part in parts if part)
