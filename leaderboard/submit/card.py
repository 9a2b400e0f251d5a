"""method.toml: what a submitter says of a method. Declared, never measured, and shown as such."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmark.errors import UsageError
from benchmark.settings import check_setting
from leaderboard.submit.bundle import PART
from leaderboard.submit.findings import Findings, shown
from leaderboard.submit.manifest import NAME, NAME_MEANS

AVERAGE = "average"
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{3,280}")
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_TEXT = 300  # characters of one entry
_ITEMS = 100  # entries of a list


@dataclass(frozen=True, slots=True)
class Corpus:
    """Data that a method was trained on besides the suite's.

    ``contains_test`` are the domains whose test set is in it.
    """

    name: str
    link: str = ""
    contains_test: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rerun:
    """How a submission can be run again: a method of a package, registered under a name, with parameters."""

    method: str
    package: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """All of a method.toml.

    ``claims`` are scores that the submitter states: (setting, domain or ``average``) → F1 in points, the mean
    over the seeds, with as many decimals as were written. ``parameters`` is the number of the model's.
    """

    name: str
    authors: tuple[str, ...]
    licence: str
    uses_llm: bool
    training: tuple[Corpus, ...]
    description: str = ""
    code: str = ""
    paper: str = ""
    llm: str = ""
    backbone: str = "none"
    parameters: int | None = None
    hardware: str = ""
    transductive: bool = False
    rerun: Rerun | None = None
    claims: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def contains_test(self) -> tuple[str, ...]:
        """The domains whose test set is declared to be in the training data."""
        return tuple(sorted({domain for corpus in self.training for domain in corpus.contains_test}))


TEMPLATE = """\
name = "{name}"  # of its row: at most 50 letters, digits and . _ + -
authors = ["Your Name"]
licence = "Apache-2.0"  # of the predictions
description = ""  # one line
code = ""  # a link
paper = ""  # a link
backbone = "none"  # the pre-trained encoder, or none
# parameters = 22_700_000  # of the model
hardware = ""
uses_llm = false  # whether it asks a large language model; if so, which:
llm = ""
transductive = false  # whether it adapts to the words of the test sentences while it answers
training = []  # what it was trained on besides the suite's own data, as below

# [[training]]
# name = "OntoNotes 5.0"
# link = ""
# contains_test = []  # domains of the suite whose test sentences are in it

# [rerun]  # how others can run it again: a method that a package registers
# method = "{name}"
# package = ""

# [claims.zero-shot]  # F1 in points, the mean over seeds, if you state any
# politics = 50.0
# average = 50.0
"""


def parse_card(content: bytes, path: str, findings: Findings) -> Card | None:
    """Parse a method.toml; what is wrong goes to ``findings``, and None comes back where anything is."""
    try:
        text = content.decode("utf-8")
        found = tomllib.loads(text, parse_float=_decimal)
    except UnicodeDecodeError:
        findings.add("bytes that are not UTF-8", path, expected="TOML in UTF-8")
        return None
    except (ValueError, RecursionError) as error:
        where = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(where[1]) if where else None
        told = (
            "nested too deep"
            if isinstance(error, RecursionError)
            else f"what is no TOML: {shown(str(error))}"
        )
        findings.add(told, path, line, expected="TOML")
        return None
    return _Reader(text, path, findings).card(found)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > 20 or len(text) > 40:
        raise ValueError(f"the number {shown(text)}")
    return value


class _Reader:
    """Takes keys one by one, each with what it must be, and notes the line of what is not."""

    def __init__(self, text: str, path: str, findings: Findings) -> None:
        self.lines = text.split("\n")
        self.path, self.findings = path, findings
        self.sound = True

    def wrong(self, key: str, found: str, expected: str) -> None:
        name = re.escape(key)
        at = re.compile(rf"\s*(?:\[+\s*(?:[\w-]+\.)*{name}\s*\]+|[\"']?{name}[\"']?\s*=)")
        line = next((number for number, line in enumerate(self.lines, 1) if at.match(line)), None)
        self.findings.add(found, self.path, line, expected=expected)
        self.sound = False

    def take(
        self, table: Mapping[str, Any], key: str, good: Callable[[Any], Any], means: str, **default: Any
    ) -> Any:
        if key not in table and default:
            return default["default"]
        if key not in table:
            self.wrong(key, f"no {key}", f"{key} = {means}")
            return None
        if not good(table[key]):
            self.wrong(key, f"{key} = {shown(table[key])}", means)
            return None
        return table[key]

    def refuse_unknown(self, table: Mapping[str, Any], names: tuple[str, ...], place: str = "") -> None:
        for key in table:
            if key not in names:
                self.wrong(key, f"the unknown key {shown(key)}{place}", f"one of {', '.join(names)}")

    def card(self, found: dict[str, Any]) -> Card | None:
        self.refuse_unknown(found, tuple(Card.__dataclass_fields__))
        text = "one line of text without < or >"
        made = {
            "name": self.take(found, "name", lambda v: isinstance(v, str) and NAME.fullmatch(v), NAME_MEANS),
            "authors": self.take(found, "authors", lambda v: _texts(v) and v, "a list of names"),
            "licence": self.take(found, "licence", lambda v: _text(v) and v, text),
            "uses_llm": self.take(found, "uses_llm", _boolean, "true or false"),
            "description": self.take(found, "description", _text, text, default=""),
            "code": self.take(found, "code", _link, "a link, https://…", default=""),
            "paper": self.take(found, "paper", _link, "a link, https://…", default=""),
            "llm": self.take(found, "llm", _text, text, default=""),
            "backbone": self.take(found, "backbone", lambda v: _text(v) and v, text, default="none"),
            "parameters": self.take(found, "parameters", _count, "a whole number above 0", default=None),
            "hardware": self.take(found, "hardware", _text, text, default=""),
            "transductive": self.take(found, "transductive", _boolean, "true or false", default=False),
        }
        training = self._training(found)
        rerun = self._rerun(found)
        claims = self._claims(found)
        if not self.sound:
            return None
        made["authors"] = tuple(made["authors"])
        return Card(**made, training=training, rerun=rerun, claims=claims)

    def _training(self, found: Mapping[str, Any]) -> tuple[Corpus, ...]:
        tables = self.take(found, "training", _tables, "[] or tables [[training]]") or ()
        corpora = []
        for table in tables:
            self.refuse_unknown(table, tuple(Corpus.__dataclass_fields__), " in training")
            name = self.take(table, "name", lambda v: _text(v) and v, "the corpus's name")
            link = self.take(table, "link", _link, "a link, https://…", default="")
            inside = self.take(table, "contains_test", _domains, "a list of domains", default=[])
            corpora.append(Corpus(name, link, tuple(inside or ())))
        return tuple(corpora)

    def _rerun(self, found: Mapping[str, Any]) -> Rerun | None:
        table = self.take(found, "rerun", lambda v: isinstance(v, dict), "a table [rerun]", default=None)
        if table is None:
            return None
        self.refuse_unknown(table, tuple(Rerun.__dataclass_fields__), " in rerun")
        method = self.take(
            table, "method", lambda v: isinstance(v, str) and re.fullmatch(PART, v), "a method's name"
        )
        package = self.take(table, "package", _text, "the package that has it", default="")
        params = self.take(table, "params", _params, "a table of texts, numbers and booleans", default={})
        return Rerun(method, package, {k: _plain(v) for k, v in (params or {}).items()})

    def _claims(self, found: Mapping[str, Any]) -> dict[tuple[str, str], Decimal]:
        tables = self.take(
            found, "claims", lambda v: isinstance(v, dict), "tables [claims.<setting>]", default={}
        )
        claims = {}
        for setting, table in (tables or {}).items():
            if not _setting(setting) or not isinstance(table, dict):
                self.wrong("claims", f"claims.{shown(setting)}", "a table for a setting, such as zero-shot")
                continue
            for domain, value in table.items():
                if not re.fullmatch(PART, domain) or not _score(value):
                    told = f"{shown(domain)} = {shown(str(value))} in claims.{setting}"
                    self.wrong(domain, told, "a domain's F1 in points, 0 to 100")
                else:
                    claims[setting, domain] = Decimal(value)
        return claims


def _text(value: Any) -> bool:
    """Whether a value is one line of ordinary text: nothing hidden, no angle bracket, not too long."""
    return (
        isinstance(value, str)
        and len(value) <= _TEXT
        and value == value.strip()
        and not any(c in "<>" or unicodedata.category(c) in _HIDDEN for c in value)
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _ITEMS and all(_text(v) and v for v in value)


def _link(value: Any) -> bool:
    return isinstance(value, str) and (not value or _LINK.fullmatch(value) is not None)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**15


def _tables(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _ITEMS and all(isinstance(v, dict) for v in value)


def _domains(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and re.fullmatch(PART, v) for v in value)


def _params(value: Any) -> bool:
    kinds = (bool, int, Decimal)
    return isinstance(value, dict) and all(
        re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", k) and (_text(v) or isinstance(v, kinds))
        for k, v in value.items()
    )


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _score(value: Any) -> bool:
    return type(value) in (int, Decimal) and 0 <= value <= 100


def _setting(text: str) -> bool:
    try:
        check_setting(text)
    except UsageError:
        return False
    return True
