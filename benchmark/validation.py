"""What others may write, checked by pydantic models: their errors in the words of ``InputError``."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo

from benchmark.errors import InputError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]

_SHOWN = 80  # characters of a value that a message repeats
# pydantic's kind of error → what was expected; its own words for any other kind
_EXPECTED = {
    "string_type": "a text",
    "string_unicode": "text of whole characters",
    "string_too_short": "a text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "mapping_type": "a table",
    "list_type": "a list",
    "tuple_type": "a list",
    "too_short": "at least one",
    "missing": "a value for it",
}


def must(test: Callable[[Any], object], expected: str) -> BeforeValidator:
    """Return a validator of a field that takes what ``test`` is true of; its error says what it expected."""

    def check(value: Any) -> Any:
        if not test(value):
            raise ValueError(expected)
        return value

    return BeforeValidator(check)


def matching(pattern: re.Pattern[str], expected: str) -> tuple[object, object]:
    """Return what makes an annotated string one of that pattern: its validator and its JSON schema."""
    schema = WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$"})
    return must(lambda value: isinstance(value, str) and pattern.fullmatch(value), expected), schema


def listed(expected: str, least: int = 0) -> BeforeValidator:
    """Return a validator of a field that takes a list of at least so many values, none twice."""
    return must(
        lambda value: (
            isinstance(value, list)
            and len(value) >= least
            and all(one not in value[:place] for place, one in enumerate(value))
        ),
        expected,
    )


Seed = Annotated[
    int,
    must(lambda value: type(value) is int and 0 <= value < 2**32, "a whole number from 0 to 4294967295"),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 2**32 - 1}),
]


def validate(
    model: type[Model],
    data: Any,
    *,
    path: Path | str | None = None,
    text: str | None = None,
    expected: str = "",
    todo: str = "",
) -> Model:
    """Return ``data`` as an instance of a model.

    Parameters
    ----------
    model : type
        The pydantic model that ``data`` is to fit.
    data : object
        What was read from TOML or JSON.
    path : Path or str, optional
        Where it was read from, for the message.
    text : str, optional
        The TOML that it was read from: the message then names a line.
    expected, todo : str, optional
        What a sound file holds, where pydantic's own words would not tell; what to do about it.

    Raises
    ------
    InputError
        For the first value that does not fit, with the number of others.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise input_error(error, path=path, text=text, expected=expected, todo=todo, model=model) from error


def input_error(
    error: ValidationError,
    *,
    path: Path | str | None = None,
    text: str | None = None,
    expected: str = "",
    todo: str = "",
    model: type[BaseModel] | None = None,
) -> InputError:
    """Return pydantic's error as ours: file, line, what was found, what was expected, what to do.

    Parameters are those of ``validate``; ``model`` is there to name the keys that are allowed.
    """
    # a misspelt key first: it explains the one that is missing
    first, *others = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    location: Location = first["loc"]
    kind = first["type"]
    if kind == "extra_forbidden":
        found = f"the unknown key {_key(location)!r}"
        keys = list(fields_at(model, location[:-1]))
        wanted = f"{', '.join(keys[:-1])} or {keys[-1]}" if len(keys) > 1 else "".join(keys)
        near = difflib.get_close_matches(str(location[-1]), keys, n=1)
        todo = f"did you mean {near[0]!r}?" if near else todo
    elif kind == "missing":
        field = fields_at(model, location[:-1]).get(str(location[-1]))
        found, wanted = f"no {_key(location)}", (field and field.description) or _EXPECTED[kind]
    else:
        found, wanted = f"{_key(location)} = {_short(first['input'])}" if location else "", expectation(first)
        found = found or _short(first["input"])
    more = f"(and {len(others)} more of its values)" if others else ""
    return InputError(
        found,
        path=path,
        line=None if text is None else line_of(text, location),
        expected=wanted or expected,
        todo=" ".join(part for part in (todo, more) if part),
    )


def _key(location: Location) -> str:
    """Return a location as a text, the items of a list counted from 1."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def expectation(error: Any) -> str:
    """Return in words what one of pydantic's errors says that was expected."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if kind in ("literal_error", "enum"):
        return "one of " + str(context["expected"]).replace(" or ", ", ").replace("'", "")
    message = str(error["msg"]).removeprefix("Input should be ")
    return _EXPECTED.get(kind, message[:1].lower() + message[1:])


def fields_at(model: type[BaseModel] | None, location: Sequence[int | str]) -> dict[str, FieldInfo]:
    """Return key → field of the model that a location leads to; nothing where it leads to none."""
    for part in location:
        field = _fields(model).get(str(part))
        model = model if field is None else _model_in(field.annotation)
    return _fields(model)


def _fields(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    fields = {} if model is None else model.model_fields
    return {field.alias or name: field for name, field in fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the first model that an annotation such as ``dict[str, Model] | None`` names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner: Sequence[Any] = getattr(annotation, "__args__", ())
    return next((found for one in inner if (found := _model_in(one)) is not None), None)


def line_of(text: str, location: Location) -> int | None:
    """Return the line (from 1) of TOML that a key, or else its table, stands on; None where neither does."""
    names = [part for part in location if isinstance(part, str) and part != "[key]"]
    wanted_table = {depth: part for depth, part in enumerate(location) if isinstance(part, int)}
    tables: Counter[str] = Counter()  # how many tables of an array went before
    table: list[str] = []
    other = False  # whether the lines are those of another table of the array
    best: tuple[int, int] | None = None  # how many parts of the location a line names, and its number
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$", line)
        if header:
            table = named = _parts(header[2])
            if header[1] == "[[":
                other = wanted_table.get(len(table), tables[header[2]]) != tables[header[2]]
                tables[header[2]] += 1
        elif (
            assigned := re.match(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*[\w\"'-]+)*)\s*=", line)
        ) is None:
            continue
        else:
            named = [*table, *_parts(assigned[1])]
        depth = len(named)
        if depth <= len(names) and named == names[:depth] and not other and (best is None or depth > best[0]):
            best = depth, number
    return best[1] if best else None


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def read_toml(path: Path, *, expected: str, todo: str = "") -> tuple[Mapping[str, Any], str]:
    """Return what a TOML file states, and its text.

    Raises
    ------
    InputError
        Where the file cannot be read, is not UTF-8, or is no TOML; ``expected`` says what it should hold.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), text
    except OSError as error:
        found = f"no readable file ({error.strerror})"
        raise InputError(found, path=path, expected=expected, todo=todo) from error
    except UnicodeDecodeError as error:
        raise InputError(f"invalid UTF-8 at byte {error.start + 1}", path=path, expected="UTF-8") from error
    except (ValueError, RecursionError) as error:  # no TOML, or thousands of digits or of brackets
        line = re.search(r"\(at line (\d+)", str(error))
        raise InputError(
            f"no valid TOML ({error})",
            path=path,
            line=int(line[1]) if line else None,
            expected=expected,
            todo=todo,
        ) from error
