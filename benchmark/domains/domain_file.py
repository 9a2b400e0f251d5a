"""``domain.toml``: what a folder's owner states of a corpus. The models are the format's description."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from benchmark.domains.corpus import EntityType
from benchmark.domains.language import check_language
from benchmark.domains.reading import BLANK_TOKENS, FORMATS, ILLEGAL, TAG_STYLES, ReadOptions
from benchmark.domains.tags import SCHEMES
from benchmark.domains.type_names import readable_name
from benchmark.validation import read_toml, validate

DOMAIN_FILE = "domain.toml"
EXAMPLE = 'language = "en" and tables such as [types.person] with name = "person" and description = "..."'
TODO = "see benchmark/domains/types/politics.toml for the form"

Text = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, pattern=r"\S")]


def _language(tag: str) -> str:
    try:
        return check_language(tag)
    except ValueError as error:
        raise ValueError("a tag of BCP 47, such as en, pt-BR or zh-Hant") from error


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class TypeTexts(_Table):
    """An entity type: how a reader would say it, a line about it, the source's type that it equals."""

    name: Text | None = None
    description: str = ""
    same_as: Text | None = None


class Files(_Table):
    """The files of the splits, below the folder."""

    train: Text
    dev: Text | None = None
    test: Text | None = None

    @model_validator(mode="after")
    def _inside(self) -> Self:
        for name in (self.train, self.dev, self.test):
            if name is not None and (Path(name).is_absolute() or ".." in Path(name).parts):
                raise ValueError("files below the folder")
        return self


class Split(_Table):
    """How splits are made that have no file: shares of the sentences, and the seed of the draw."""

    dev: Annotated[float, Field(gt=0, lt=0.9)] = 0.1
    test: Annotated[float, Field(gt=0, lt=0.9)] = 0.1
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class DomainFile(_Table):
    """What a domain's TOML file states. Each part may be missing; ``types`` is None without tables."""

    name: Text | None = None
    language: Annotated[Text, AfterValidator(_language)] | None = None
    scheme: Literal[SCHEMES] | None = None  # type: ignore[valid-type]
    format: Literal[FORMATS] | None = None  # type: ignore[valid-type]
    token_column: int | Text | None = None
    tag_column: int | Text | None = None
    encoding: Text | None = None
    blank_tokens: Literal[BLANK_TOKENS] | None = None  # type: ignore[valid-type]
    type: Text | None = None
    tag_style: Literal[TAG_STYLES] | None = None  # type: ignore[valid-type]
    outside: Text | None = None
    names: list[Text] | None = None
    illegal_transitions: Literal[ILLEGAL] | None = None  # type: ignore[valid-type]
    map: dict[Text, Text] = Field(default_factory=dict)
    files: Files | None = None
    split: Split = Split()
    types: Annotated[dict[Text, TypeTexts], Field(min_length=1)] | None = None

    @property
    def entity_types(self) -> tuple[EntityType, ...] | None:
        """The declared types in the file's order, None where it declares none."""
        if self.types is None:
            return None
        return tuple(
            EntityType(name, texts.name or readable_name(name), texts.description, texts.same_as or "")
            for name, texts in self.types.items()
        )

    @property
    def options(self) -> ReadOptions:
        """How its files are to be read."""
        stated = {key: getattr(self, key) for key in _READING if getattr(self, key) is not None}
        return ReadOptions(**stated, names=tuple(self.names or ()))


_READING = (
    *("scheme", "format", "token_column", "tag_column", "encoding", "blank_tokens", "type", "tag_style"),
    *("outside", "illegal_transitions", "map"),
)


def load_domain_file(path: Path) -> DomainFile:
    """Return what a domain's TOML file states.

    Raises
    ------
    InputError
        Where it cannot be read or holds something else; with the line of the key where it has one.
    """
    stated, text = read_toml(path, expected=EXAMPLE, todo=TODO)
    return validate(DomainFile, stated, path=path, text=text, expected=EXAMPLE, todo=TODO)
