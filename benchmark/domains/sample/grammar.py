"""The data files of the sample: how they are written, read and compiled.

A file ``data/<domain>.toml`` holds gazetteers and sentence templates. ``data/shared.toml`` holds what all
English domains use; a domain's own tables are laid over it, key by key.

``language``
    The language of the sentences, ``en`` unless it is stated. Text in another one gets nothing of the shared
    file and no English articles: it writes its own, with pools for each gender (``del [organisation.m]``).
``[parts]``
    Lists of words and name parts, used as ``$name``. Entries are separated by commas; line breaks do not
    count. An entry may use other parts: ``"$city University, University of $city"``. ``$(name)`` glues a
    part to what follows (``$(stem)ville``), ``$1950-2020`` is a number from that range, both ends included.
    A ``$`` that stands alone is a dollar sign.
``[surfaces.<type>]``
    Named pools of surfaces of an entity type, written like parts. ``^`` before an entry says that running
    text puts "the" before the name: ``^United States``. The article is no part of the mention.
``[mix]``
    Which pools ``[type]`` draws from, with weights: ``person = "full*4 last"``. A type without a mix draws
    from all of its pools with equal weights.
``[shares]``
    Of 100 (surface, type) pairs, how many may stand in every split (``shared``) and how many in ``train``,
    ``dev`` or ``test`` alone.
``[phrases]``
    Pieces of text with choices in them, used as ``<name>``. They are shared by the splits.
``[templates]``
    The lists ``train``, ``dev``, ``test`` and ``shared``, one string a sentence. Tokens are separated by
    spaces, punctuation included.

In templates and phrases::

    [type]            a mention of that type        [type.pool]      the same, from one pool
    [-type]           without the "the" that some names take ("the former [-organisation] chairman")
    [type@x]          remembers the surface as x    [type=x]         the same surface again, with this type
    [type=x.last]     its last token                [type=x.initials]  its initials, as capitals
    {a | b | }        one of the alternatives, at random; they may be empty and may be nested
    <name>  $name     a phrase; a part, outside any mention
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from benchmark.domains.corpus import SPLITS
from benchmark.domains.language import ENGLISH, check_language, is_english


@dataclass(frozen=True, slots=True)
class Ref:
    """A part to be drawn."""

    part: str


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number to be drawn, both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list: literal text, parts and numbers in a row. ``article``: running text says "the"."""

    pieces: tuple[str | Ref | Range, ...]
    article: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A mention to be drawn from the type's mix (``pool`` is None) or from one of its pools."""

    type: str
    pool: str | None
    article: bool
    bind: str | None


@dataclass(frozen=True, slots=True)
class Reuse:
    """A mention made from a surface that stands earlier in the sentence."""

    type: str
    bind: str
    form: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several alternatives."""

    options: tuple[tuple[Node, ...], ...]


Node = Entry | Slot | Reuse | Choice


@dataclass(frozen=True)
class Grammar:
    """A domain's compiled data files: everything a generator draws from."""

    parts: Mapping[str, tuple[Entry, ...]]
    pools: Mapping[tuple[str, str], tuple[Entry, ...]]
    mix: Mapping[str, tuple[str, ...]]  # type → pools, each repeated as often as it weighs
    templates: Mapping[str, tuple[tuple[Node, ...], ...]]  # split → its own templates, then the shared ones
    shares: tuple[tuple[str, int], ...]  # shared or a split → of 100 (surface, type) pairs, how many
    language: str = ENGLISH


_PIECE = re.compile(r"\$\((\w+)\)|\$(\d+)-(\d+)|\$([A-Za-z]\w*)")
_SLOT = re.compile(r"(?P<bare>-)?(?P<type>[a-z]+)(?:\.(?P<pool>\w+))?(?:@(?P<bind>\w+))?")
_REUSE = re.compile(r"(?P<type>[a-z]+)=(?P<bind>\w+)(?:\.(?P<form>last|initials))?")
_TOKEN = re.compile(r"\[[^\]]*\]|<\w+>|[{}|]|[^\s\[\]{}|<>]+")


@cache
def read_grammar(domain: str) -> Grammar:
    """Read and compile the data files of a domain. Raises ValueError where one is badly written."""
    own = _read(domain)
    language = check_language(own.get("language", ENGLISH))
    shared = _read("shared") if is_english(language) else {}
    parts = {
        name: _entries(text) for name, text in {**shared.get("parts", {}), **own.get("parts", {})}.items()
    }
    pools: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for data in (shared, own):
        for kind, lists in data.get("surfaces", {}).items():
            pools.update({(kind, pool): _entries(text) for pool, text in lists.items()})
    mix = {kind: tuple(_weighted(text)) for kind, text in own.get("mix", {}).items()}
    for kind, _ in pools:
        mix.setdefault(kind, tuple(pool for other, pool in pools if other == kind))
    phrases = {**shared.get("phrases", {}), **own.get("phrases", {})}
    lists = own["templates"]
    templates = {
        split: tuple(_template(text, phrases) for text in [*lists[split], *lists.get("shared", ())])
        for split in SPLITS
    }
    shares = tuple({**shared.get("shares", {}), **own.get("shares", {})}.items())
    made = Grammar(parts, pools, mix, templates, shares, language)
    _check(made, domain)
    return made


@cache
def _read(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _entries(text: str) -> tuple[Entry, ...]:
    """Compile a list: entries between commas, white space collapsed, empty ones left out."""
    return tuple(_entry(" ".join(item.split())) for item in text.split(",") if item.strip())


def _entry(text: str) -> Entry:
    article = text.startswith("^")
    text = text.removeprefix("^")
    pieces: list[str | Ref | Range] = []
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            pieces.append(text[end : match.start()])
        glued, low, high, plain = match.groups()
        pieces.append(Range(int(low), int(high)) if low else Ref(glued or plain))
        end = match.end()
    if end < len(text):
        pieces.append(text[end:])
    return Entry(tuple(pieces), article)


def _weighted(text: str) -> Iterator[str]:
    for item in text.split():
        pool, _, weight = item.partition("*")
        yield from [pool] * int(weight or 1)


def _template(text: str, phrases: Mapping[str, str]) -> tuple[Node, ...]:
    tokens = _TOKEN.findall(text)
    options, rest = _options(tokens, 0, phrases)
    if rest != len(tokens) or len(options) != 1:
        raise ValueError(f"unbalanced braces, or a bar outside of them, in the template {text!r}")
    return options[0]


def _options(
    tokens: list[str], position: int, phrases: Mapping[str, str]
) -> tuple[tuple[tuple[Node, ...], ...], int]:
    """Parse alternatives up to the closing brace or the end; return them and the position after."""
    options: list[tuple[Node, ...]] = []
    nodes: list[Node] = []
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token == "{":
            inner, position = _options(tokens, position, phrases)
            if tokens[position - 1] != "}":
                raise ValueError(f"a brace is not closed in {' '.join(tokens)!r}")
            nodes.append(Choice(inner))
        elif token == "|":
            options.append(tuple(nodes))
            nodes = []
        elif token == "}":
            break
        else:
            nodes.append(_node(token, phrases))
    return (*options, tuple(nodes)), position


def _node(token: str, phrases: Mapping[str, str]) -> Node:
    if token.startswith("<") and len(token) > 1:
        name = token[1:-1]
        if name not in phrases:
            raise ValueError(f"no phrase {name!r}")
        inner = phrases[name]
        return Choice((_template("{" + inner + "}", phrases),))
    if not token.startswith("["):
        return _entry(token)
    body = token[1:-1]
    if reuse := _REUSE.fullmatch(body):
        return Reuse(reuse["type"], reuse["bind"], reuse["form"] or "")
    if slot := _SLOT.fullmatch(body):
        return Slot(slot["type"], slot["pool"], slot["bare"] is None, slot["bind"])
    raise ValueError(f"cannot read the slot {token!r}")


def _check(made: Grammar, domain: str) -> None:
    """Raise ValueError where a part, a pool or a type is named that does not exist."""
    shares = dict(made.shares)
    if sum(shares.values()) != 100 or set(shares) != {"shared", *SPLITS}:
        raise ValueError(f"{domain}: the shares must name shared and the splits, and add up to 100")
    for (kind, pool), entries in made.pools.items():
        _check_parts(made, entries, f"{domain}: pool {kind}.{pool}")
    for name, entries in made.parts.items():
        _check_parts(made, entries, f"{domain}: part {name}", (name,))
    for kind, pools in made.mix.items():
        for pool in pools:
            if (kind, pool) not in made.pools:
                raise ValueError(f"{domain}: the mix of {kind} names the pool {pool!r}, which does not exist")
    for templates in made.templates.values():
        for template in templates:
            _check_binds(template, frozenset(), domain)
            for node in walk(template):
                if isinstance(node, Entry):
                    _check_parts(made, (node,), f"{domain}: a template")
                elif isinstance(node, Slot) and not _exists(made, node):
                    raise ValueError(f"{domain}: no pool for the slot {node}")


def _exists(made: Grammar, slot: Slot) -> bool:
    return slot.type in made.mix if slot.pool is None else (slot.type, slot.pool) in made.pools


def _check_parts(made: Grammar, entries: tuple[Entry, ...], place: str, path: tuple[str, ...] = ()) -> None:
    """Raise ValueError where a part is named that does not exist, or that is on the path that led here."""
    for entry in entries:
        for piece in entry.pieces:
            if not isinstance(piece, Ref):
                continue
            if piece.part not in made.parts:
                raise ValueError(f"{place} uses the part {piece.part!r}, which does not exist")
            if piece.part in path:
                raise ValueError(f"{place} uses itself: {' > '.join((*path, piece.part))}")
            if path:
                _check_parts(made, made.parts[piece.part], place, (*path, piece.part))


def _check_binds(nodes: tuple[Node, ...], bound: frozenset[str], domain: str) -> frozenset[str]:
    """Return what is remembered after the nodes, whichever alternatives are taken."""
    for node in nodes:
        match node:
            case Slot(bind=str() as name):
                bound |= {name}
            case Reuse(bind=name) if name not in bound:
                raise ValueError(f"{domain}: a template uses {name!r} before it is remembered")
            case Choice(options):
                bound = frozenset.intersection(*(_check_binds(option, bound, domain) for option in options))
    return bound


def walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Yield the nodes of a template, those inside choices included."""
    for node in nodes:
        yield node
        if isinstance(node, Choice):
            for option in node.options:
                yield from walk(option)
