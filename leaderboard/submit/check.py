"""A bundle against a suite: everything wrong at once, each with file and line; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmark.domains.corpus import Domain, Mention
from benchmark.errors import shown
from benchmark.scoring.counts import count_mentions
from benchmark.settings import by_labels
from benchmark.store.atomic_io import sha256
from benchmark.store.predictions import render_predictions
from benchmark.store.record_gold import DomainCache
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.submit.bundle import MANIFEST, METHOD, Bundle, known
from leaderboard.submit.card import AVERAGE, Card, parse_card
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import CellFile, CellKey, Manifest, parse_manifest
from leaderboard.submit.parse import strict_json
from leaderboard.submit.status import ClaimCheck, check_claims, duplicates_of, missing_cells
from leaderboard.submit.suite_cells import SuiteCells, suite_cells

LINE_BYTES = 256 * 1024  # of one sentence's predictions
_LINE = '{"id": "politics/test/0", "mentions": [[start, end, "type"], ...]}'
_PACK = "pack it again after every change"


@dataclass(frozen=True)
class Checked:
    """A bundle without a fault, and what it holds: nothing of it needs to be read again.

    ``texts`` are the bytes of its manifest.json and method.toml, ``contents`` each cell's predictions in the
    store's own form, ``f1`` its score, a fraction. ``claims`` hold every stated score beside the recomputed
    one, ``missing`` the cells that keep the row from being ranked, ``duplicates`` the rows whose predictions
    some of its cells repeat.
    """

    manifest: Manifest
    card: Card
    texts: Mapping[str, bytes]
    contents: Mapping[CellKey, bytes]
    f1: Mapping[CellKey, float]
    claims: tuple[ClaimCheck, ...]
    missing: tuple[CellKey, ...]
    duplicates: Mapping[str, int]

    @property
    def digests(self) -> dict[CellKey, str]:
        """The SHA-256 of each cell's predictions."""
        return {key: sha256(content) for key, content in self.contents.items()}

    @property
    def equal_seeds(self) -> list[tuple[str, str, list[int]]]:
        """Setting, domain and seeds of cells that have the same predictions: they are one seed."""
        seeds: dict[tuple[str, str, bytes], list[int]] = {}
        for (setting, domain, seed), content in sorted(self.contents.items()):
            seeds.setdefault((setting, domain, content), []).append(seed)
        return [(*key[:2], some) for key, some in seeds.items() if len(some) > 1]

    @property
    def false_claims(self) -> tuple[ClaimCheck, ...]:
        """The claims that the predictions do not bear out."""
        return tuple(claim for claim in self.claims if not claim.agrees)


def check_bundle(bundle: Bundle, store: Store, domains: DomainCache) -> Checked:
    """Check all of a bundle and score its predictions.

    Parameters
    ----------
    bundle : Bundle
        Opened by ``open_bundle``, which bounds what is read here.
    store : Store
        The store whose board it is for.
    domains : DomainCache
        The corpora on this machine.

    Raises
    ------
    Refused
        With every problem. A claim that differs from its recomputed score is none of form: see
        ``Checked.false_claims``.
    InputError
        Where the store lacks the suite, or this machine its corpus.
    """
    findings = Findings()
    texts = {name: bundle.read(name) for name in (MANIFEST, METHOD)}
    manifest = parse_manifest(texts[MANIFEST], bundle.place(MANIFEST), findings)
    card = parse_card(texts[METHOD], bundle.place(METHOD), findings)
    if manifest is None:
        findings.refuse()
        raise AssertionError("a manifest without a finding is parsed")
    if sha256(texts[METHOD]) != manifest.method_sha256:
        findings.add("other bytes than the manifest's SHA-256 says", bundle.place(METHOD), todo=_PACK)
    if card is not None and card.name != manifest.name:
        found = f"name {shown(card.name)}"
        findings.add(found, bundle.place(METHOD), expected=f"{shown(manifest.name)}, as in {MANIFEST}")
    _check_files(bundle, manifest, findings)
    if not (store.root / manifest.suite / "ledger.json").is_file():
        found = f"the suite {shown(manifest.suite)}"
        expected = f"a suite of {store.root}: {', '.join(store.suites()) or 'there is none'}"
        findings.add(found, bundle.place(MANIFEST), expected=expected, todo="say another --store")
        findings.refuse()
    suite = suite_cells(store, manifest.suite)
    _check_cells(bundle, manifest, card, suite, findings)
    contents: dict[CellKey, bytes] = {}
    f1: dict[CellKey, float] = {}
    for cell, domain, predicted in _predicted(bundle, manifest.cells, suite, domains, findings):
        contents[cell.key] = render_predictions(predicted)
        gold = [sentence.mentions for sentence in domain.test]
        f1[cell.key] = count_mentions(gold, list(predicted.values()), domain.type_names).micro().f1
    findings.refuse()
    if card is None:
        raise AssertionError("a method.toml without a finding is parsed")
    return Checked(
        manifest,
        card,
        texts,
        contents,
        f1,
        check_claims(card.claimed, f1, suite.domains),
        missing_cells(contents, card, suite),
        duplicates_of({key: sha256(content) for key, content in contents.items()}, suite.digests),
    )


def _check_files(bundle: Bundle, manifest: Manifest, findings: Findings) -> None:
    named = {cell.name for cell in manifest.cells}
    there = {name for name in bundle.sizes if name not in (MANIFEST, METHOD) and known(name)}
    for name in sorted(there - named):
        findings.add("a file that the manifest does not name", bundle.place(name), todo=_PACK)
    for name in sorted(named - there):
        findings.add(f"no {name}", bundle.place(MANIFEST), expected="every file that it names", todo=_PACK)


def _check_cells(
    bundle: Bundle, manifest: Manifest, card: Card | None, suite: SuiteCells, findings: Findings
) -> None:
    """Find names, settings and domains that the suite has taken, or does not have."""
    where, said = bundle.place(MANIFEST), bundle.place(METHOD)
    settings, domains = _settings(suite), f"one of {', '.join(sorted(suite.corpora))}"
    if manifest.name.casefold() in suite.labels:
        findings.add(f"the name {shown(manifest.name)}, which a row has", where, expected="a name of its own")
    if not manifest.cells and (card is None or not card.claimed):
        findings.add("neither predictions nor claims", where, expected="something to show")
    for cell in manifest.cells:
        if cell.domain not in suite.corpora:
            findings.add(f"the domain {shown(cell.domain)}", where, expected=domains)
        if cell.setting not in settings:
            findings.add(f"the setting {shown(cell.setting)}", where, expected=" or ".join(settings))
    for setting, domain in () if card is None else card.claimed:
        if domain != AVERAGE and domain not in suite.corpora:
            found = f"a claim for {setting} {shown(domain)}"
            findings.add(found, said, expected=f"{AVERAGE} or {domains}")
        if setting not in settings:
            found = f"a claim for the setting {shown(setting)}"
            findings.add(found, said, expected=" or ".join(settings))
    for domain in () if card is None else card.contains_test:
        if domain not in suite.corpora:
            findings.add(f"contains_test {shown(domain)}", said, expected=domains)


def _settings(suite: SuiteCells) -> list[str]:
    """Return the settings to submit to: few-shot ones only where the suite has rows in them."""
    return sorted({ZERO_SHOT, SUPERVISED, *(setting for setting, _ in suite.digests)}, key=by_labels)


def _predicted(
    bundle: Bundle, cells: Sequence[CellFile], suite: SuiteCells, domains: DomainCache, findings: Findings
) -> Iterator[tuple[CellFile, Domain, dict[str, list[Mention]]]]:
    """Yield the cells of a bundle that are sound, one at a time; what is wrong goes to ``findings``."""
    for cell in cells:
        if cell.name not in bundle.sizes or cell.domain not in suite.corpora:
            continue
        content = bundle.read(cell.name)
        if sha256(content) != cell.sha256:
            found = "other bytes than the manifest's SHA-256 says"
            findings.add(found, bundle.place(cell.name), todo=_PACK)
            continue
        domain = domains.domain(suite.corpora[cell.domain], cell.domain)
        predicted = parse_sentences(content, domain, bundle.place(cell.name), findings)
        if predicted is not None:
            yield cell, domain, predicted


# ---- one file of predictions


def parse_sentences(
    content: bytes, domain: Domain, path: str, findings: Findings
) -> dict[str, list[Mention]] | None:
    """Return sentence id → mentions sorted by start, in the order of the test set.

    ``domain`` tells ids, lengths and types; its mentions are not looked at. What is wrong goes to
    ``findings``, and None comes back where anything is.
    """
    lengths = {sentence.id: len(sentence.tokens) for sentence in domain.test}
    types = frozenset(domain.type_names)
    said: dict[str, list[Mention]] = {}
    sound = True
    start, number = 0, 0
    while start < len(content) and not findings.full(path):
        number += 1
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        line, start = content[start : min(end, start + LINE_BYTES + 1)], end + 1
        problem = _read_line(line, lengths, types, said)
        if problem is not None:
            findings.add(problem[0], path, number, expected=problem[1])
            sound = False
    if not sound:
        return None
    missing = [name for name in lengths if name not in said]
    if missing:
        some = ", ".join(missing[:3]) + (f" and {len(missing) - 3:,} more" if len(missing) > 3 else "")
        expected = f"a line for each of the {len(lengths):,} test sentences of {domain.name}"
        findings.add(f"no line for {some}", path, expected=expected)
        return None
    return {name: said[name] for name in lengths}


def _read_line(
    line: bytes, lengths: Mapping[str, int], types: frozenset[str], said: dict[str, list[Mention]]
) -> tuple[str, str] | None:
    """Add one line's sentence to ``said``, or return what is wrong with it and what was expected."""
    if len(line) > LINE_BYTES:
        return (f"a line of more than {LINE_BYTES:,} bytes", "one sentence's mentions")
    try:
        found = strict_json(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return (f"bytes that are not UTF-8 (0x{line[error.start]:02x})", "JSON lines in UTF-8")
    except ValueError as error:
        return (str(error), _LINE)
    if not isinstance(found, dict) or set(found) != {"id", "mentions"}:
        return ("a line of another form", _LINE)
    name, mentions = found["id"], found["mentions"]
    if not isinstance(name, str) or name not in lengths:
        return (f"the foreign sentence id {shown(name)}", f"an id such as {next(iter(lengths), '')}")
    if name in said:
        return (f"the sentence {name} a second time", "one line each")
    if not isinstance(mentions, list):
        return (f"mentions {shown(mentions)}", _LINE)
    problem = _wrong_mentions(mentions, lengths[name], types)
    if problem is None:
        said[name] = sorted(Mention(*mention) for mention in mentions)
    return problem


def _wrong_mentions(mentions: Sequence[object], length: int, types: frozenset[str]) -> tuple[str, str] | None:
    """Return what is wrong with a sentence's mentions and what was expected; None for sound ones."""
    for mention in mentions:
        if not isinstance(mention, list) or [type(part) for part in mention] != [int, int, str]:
            return (f"the mention {_mention(mention)}", '[start, end, "type"], two whole numbers and a text')
        start, end, kind = mention
        if not 0 <= start < end <= length:
            return (f"the mention {_mention(mention)}", f"0 ≤ start < end ≤ {length}, the sentence's tokens")
        if kind not in types:
            return (f"the type {shown(kind)}", f"one of {', '.join(sorted(types))}")
    ordered = sorted(mentions)  # type: ignore[type-var]
    for before, after in pairwise(ordered):
        if after[0] < before[1]:  # type: ignore[index]
            found = f"the overlapping mentions {_mention(before)} and {_mention(after)}"
            return (found, "mentions that do not overlap")
    return None


def _mention(mention: object) -> str:
    if isinstance(mention, list) and len(mention) <= 4:
        return f"[{', '.join(shown(part) for part in mention)}]"
    return shown(mention)
