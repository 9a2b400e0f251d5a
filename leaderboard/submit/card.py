"""What a submitter says of a method, in method.toml: declared, never measured, and shown as such."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from benchmark.errors import UsageError
from benchmark.settings import check_setting
from benchmark.validation import matching, must
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import Name, Part
from leaderboard.submit.parse import toml_model

AVERAGE = "average"
_TEXT = 300  # characters of one entry
_ITEMS = 100  # entries of a list
_LINK = re.compile(r"(?:https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{3,280})?")
_MARKUP = "<>"
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_PLACEHOLDERS = frozenset({"your name", "name", "author", "todo", "tbd"})
_FROZEN = ConfigDict(frozen=True, extra="forbid")


def _is_text(value: Any) -> bool:
    """Whether a value is one line of ordinary text: nothing hidden, no angle bracket, not too long."""
    return (
        isinstance(value, str)
        and len(value) <= _TEXT
        and value == value.strip()
        and not any(c in _MARKUP or unicodedata.category(c) in _HIDDEN for c in value)
    )


def _is_setting(value: Any) -> bool:
    try:
        check_setting(value)
    except UsageError:
        return False
    return True


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and _LINK.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**15


def _is_score(value: Any) -> bool:
    return type(value) in (int, Decimal) and 0 <= value <= 100


def _is_parameter(value: Any) -> bool:
    return _is_text(value) or isinstance(value, bool | int | Decimal)


_MEANS = "one line of text without < or >"
Text = Annotated[str, must(_is_text, _MEANS), WithJsonSchema({"type": "string", "maxLength": _TEXT})]
Stated = Annotated[
    str,
    must(lambda value: _is_text(value) and value, f"{_MEANS}, not empty"),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _TEXT}),
]
Author = Annotated[
    Stated,
    must(
        lambda value: str(value).casefold() not in _PLACEHOLDERS,
        "the name of a person or group, no placeholder",
    ),
]
Link = Annotated[
    str,
    must(_is_link, "a link, https://…"),
    WithJsonSchema({"type": "string", "pattern": f"^{_LINK.pattern}$"}),
]
Truth = Annotated[bool, must(lambda value: isinstance(value, bool), "true or false")]
Count = Annotated[int, must(_is_count, "a whole number above 0")]
Setting = Annotated[str, must(_is_setting, "a setting, such as zero-shot")]
Points = Annotated[
    Decimal,
    must(_is_score, "F1 in points, 0 to 100"),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
Parameter = Annotated[
    Any,
    must(_is_parameter, "a text, a number, true or false"),
    AfterValidator(lambda value: float(value) if isinstance(value, Decimal) else value),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
ParameterName = Annotated[str, *matching(re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}"), "a parameter's name")]


class Corpus(BaseModel):
    """Data that a method was trained on besides the suite's."""

    model_config = _FROZEN

    name: Stated = Field(description="the corpus's name")
    link: Link = Field("", description="where it is found")
    contains_test: tuple[Part, ...] = Field((), description="domains whose test sentences are in it")


class Rerun(BaseModel):
    """How a submission can be run again: a method of a package, registered under a name, with parameters."""

    model_config = _FROZEN

    method: Part = Field(description="the method's name")
    package: Text = Field("", description="the package that has it")
    params: dict[ParameterName, Parameter] = Field({}, description="the method's parameters")


class Card(BaseModel):
    """All of a method.toml."""

    model_config = _FROZEN

    name: Name = Field(description="of the submission and its row")
    authors: tuple[Author, ...] = Field(min_length=1, max_length=_ITEMS, description="a list of names")
    licence: Stated = Field(description="of the predictions")
    uses_llm: Truth = Field(description="whether the method asks a large language model")
    training: tuple[Corpus, ...] = Field(
        max_length=_ITEMS, description="[] or tables [[training]]: corpora besides the suite's own data"
    )
    description: Text = Field("", description="one line on the method")
    code: Link = Field("", description="where its code is")
    paper: Link = Field("", description="where it is described")
    llm: Text = Field("", description="which large language model")
    backbone: Stated = Field("none", description="the pre-trained encoder, or none")
    parameters: Count | None = Field(None, description="of the model")
    hardware: Text = Field("", description="what it ran on")
    transductive: Truth = Field(
        False, description="whether it adapts to the words of the test sentences while it answers"
    )
    rerun: Rerun | None = Field(None, description="how others can run it again")
    claims: dict[Setting, dict[Part, Points]] = Field(
        {}, description="tables by setting: a domain, or average, and its F1 in points, the mean over seeds"
    )

    @property
    def contains_test(self) -> tuple[str, ...]:
        """The domains whose test set is declared to be in the training data."""
        return tuple(sorted({domain for corpus in self.training for domain in corpus.contains_test}))

    @property
    def claimed(self) -> dict[tuple[str, str], Decimal]:
        """The scores that are claimed, by setting and domain (or ``average``), decimals as written."""
        return {(setting, name): f1 for setting, table in self.claims.items() for name, f1 in table.items()}


PLACEHOLDER = "Your Name"
TEMPLATE = """\
name = "{name}"  # of its row: at most 50 letters, digits and . _ + -
authors = {authors}
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
    return toml_model(Card, content, path, findings)
