"""What rows cost in tokens and dollars of a language model, unfinished cells included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmark.store.record import Record, Spent, spent_on_llm

TITLES = ("LLM tokens", "LLM cost")
KEYS = ("llm_tokens", "llm_cost_usd")
_NOTE = (
    "LLM tokens: of all prompts and answers that the row's cells rest on, those kept from an earlier run"
    " included. LLM cost: what computing these cells cost, in US dollars; — where the price is not known."
)


def total(spent: Iterable[Spent]) -> Spent | None:
    """Add up; dollars are None where one of them is not known. None where nothing was asked of a model."""
    all_of_it = list(spent)
    if not all_of_it:
        return None
    dollars = [one.dollars for one in all_of_it if one.dollars is not None]
    return Spent(
        sum(one.tokens for one in all_of_it), sum(dollars) if len(dollars) == len(all_of_it) else None
    )


def by_domain(records: Iterable[Record]) -> dict[str, Spent]:
    """Return domain → what its records tell together; a domain that asked no model has no entry."""
    found: dict[str, list[Spent]] = {}
    for record in records:
        spent = spent_on_llm(record)
        if spent is not None:
            found.setdefault(record.spec.domain, []).append(spent)
    return {domain: together for domain, some in found.items() if (together := total(some)) is not None}


def titles(asked: bool) -> tuple[str, ...]:
    """Return the columns' titles where a row has something to show there, else none."""
    return TITLES if asked else ()


def note(asked: bool) -> tuple[str, ...]:
    """Return what explains the columns, where they are shown."""
    return (_NOTE,) if asked else ()


def cells(llm: Mapping[str, Spent], none: str) -> tuple[str, str]:
    """Return what stands in the two columns of a row, from what it spent by domain."""
    spent = total(llm.values())
    if spent is None:
        return none, none
    return f"{spent.tokens:,}", none if spent.dollars is None else f"${spent.dollars:,.{_places(spent)}f}"


def _places(spent: Spent) -> int:
    return 4 if spent.dollars and spent.dollars < 1 else 2


def numbers(spent: Spent | None) -> dict[str, object]:
    """Return the two columns of CSV and JSON; none where nothing was asked."""
    if spent is None:
        return {}
    dollars = None if spent.dollars is None else round(spent.dollars, 6)
    return dict(zip(KEYS, (spent.tokens, dollars), strict=True))


def of_row(llm: Mapping[str, Spent]) -> dict[str, object] | None:
    """Return what JSON tells of a row: the sums, and by domain; None where nothing was asked."""
    spent = total(llm.values())
    if spent is None:
        return None
    return {**numbers(spent), "domains": {domain: numbers(one) for domain, one in llm.items()}}
