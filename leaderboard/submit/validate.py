"""A bundle against a suite: everything wrong at once, each with file and line; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.settings import by_labels
from benchmark.store.atomic_io import sha256
from benchmark.store.predictions import render_predictions
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.results.gold import Gold, GoldShelf
from leaderboard.results.measure import measure
from leaderboard.submit.bundle import MANIFEST, METHOD, Bundle, known
from leaderboard.submit.card import AVERAGE, Card, parse_card
from leaderboard.submit.findings import Findings, shown
from leaderboard.submit.manifest import Claim, Manifest, parse_manifest
from leaderboard.submit.places import Places, places_of
from leaderboard.submit.records import submitted_record
from leaderboard.submit.scores import Held, Place, hold_claims
from leaderboard.submit.sentences import parse_sentences


@dataclass(frozen=True)
class Checked:
    """A bundle without a fault.

    ``digests`` are SHA-256 of each cell's predictions in the store's own form, ``f1`` its score, a fraction.
    ``claims`` hold every stated score beside the recomputed one, ``missing`` the cells that keep the row from
    being ranked, ``twins`` the rows whose predictions some of its cells repeat.
    """

    manifest: Manifest
    card: Card
    digests: Mapping[Place, str]
    f1: Mapping[Place, float]
    claims: tuple[Held, ...]
    missing: tuple[Place, ...]
    twins: Mapping[str, int]

    @property
    def false_claims(self) -> tuple[Held, ...]:
        """The claims that the predictions do not bear out."""
        return tuple(held for held in self.claims if not held.agrees)


def check_bundle(bundle: Bundle, store: Store, shelf: GoldShelf) -> Checked:
    """Check all of a bundle, one file in memory at a time, and score its predictions.

    Raises ``Refused`` with every problem; ``InputError`` where the store lacks the suite, or this machine its
    corpus. A claim that differs from its recomputed score is no problem of form: see ``false_claims``.
    """
    findings = Findings()
    manifest = parse_manifest(bundle.read(MANIFEST), bundle.place(MANIFEST), findings)
    method = bundle.read(METHOD)
    card = parse_card(method, bundle.place(METHOD), findings)
    if manifest is None:
        findings.refuse()
        raise AssertionError("a manifest without a finding is parsed")
    if sha256(method) != manifest.method_sha256:
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
    places = places_of(store, manifest.suite)
    _check_places(bundle, manifest, card, places, findings)
    digests, f1 = _score_all(bundle, manifest, card, places, shelf, findings)
    findings.refuse()
    if card is None:
        raise AssertionError("a method.toml without a finding is parsed")
    return Checked(
        manifest,
        card,
        digests,
        f1,
        hold_claims(card.claims, f1, places.domains),
        missing_places(digests, card, places),
        twins_of(digests, places.digests),
    )


_PACK = "pack it again after every change"


def _check_files(bundle: Bundle, manifest: Manifest, findings: Findings) -> None:
    claimed = {claim.path for claim in manifest.cells}
    there = {name for name in bundle.sizes if name not in (MANIFEST, METHOD) and known(name)}
    for name in sorted(there - claimed):
        findings.add("a file that the manifest does not name", bundle.place(name), todo=_PACK)
    for name in sorted(claimed - there):
        findings.add(f"no {name}", bundle.place(MANIFEST), expected="every file that it names", todo=_PACK)


def _check_places(
    bundle: Bundle, manifest: Manifest, card: Card | None, places: Places, findings: Findings
) -> None:
    where, settings = bundle.place(MANIFEST), _settings(places)
    if manifest.name.casefold() in places.labels:
        findings.add(f"the name {shown(manifest.name)}, which a row has", where, expected="a name of its own")
    if not manifest.cells and (card is None or not card.claims):
        findings.add("neither predictions nor claims", where, expected="something to show")
    for claim in manifest.cells:
        if claim.domain not in places.corpora:
            expected = f"one of {', '.join(sorted(places.corpora))}"
            findings.add(f"the domain {shown(claim.domain)}", where, expected=expected)
        if claim.setting not in settings:
            findings.add(f"the setting {shown(claim.setting)}", where, expected=" or ".join(settings))
    for setting, domain in () if card is None else card.claims:
        if domain != AVERAGE and domain not in places.corpora:
            expected = f"{AVERAGE} or one of {', '.join(sorted(places.corpora))}"
            findings.add(f"a claim for {setting} {shown(domain)}", bundle.place(METHOD), expected=expected)
        if setting not in settings:
            found = f"a claim for the setting {shown(setting)}"
            findings.add(found, bundle.place(METHOD), expected=" or ".join(settings))
    for domain in () if card is None else card.contains_test:
        if domain not in places.corpora:
            expected = f"one of {', '.join(sorted(places.corpora))}"
            findings.add(f"contains_test {shown(domain)}", bundle.place(METHOD), expected=expected)


def _settings(places: Places) -> list[str]:
    """Return the settings to submit to: few-shot ones only where the suite has rows in them."""
    return sorted({ZERO_SHOT, SUPERVISED, *(setting for setting, _ in places.digests)}, key=by_labels)


def _score_all(
    bundle: Bundle,
    manifest: Manifest,
    card: Card | None,
    places: Places,
    shelf: GoldShelf,
    findings: Findings,
) -> tuple[dict[Place, str], dict[Place, float]]:
    digests: dict[Place, str] = {}
    f1: dict[Place, float] = {}
    for claim, gold, predicted in read_cells(bundle, manifest.cells, places, shelf, findings):
        digests[claim.place] = sha256(render_predictions(predicted))
        if card is not None:
            record = submitted_record(card, places, claim.place, there=True, notes={})
            value = measure(record, gold, predicted, Path(bundle.place(claim.path))).values["f1"]
            f1[claim.place] = 0.0 if value is None else value
    return digests, f1


def read_cells(
    bundle: Bundle, claims: Sequence[Claim], places: Places, shelf: GoldShelf, findings: Findings
) -> Iterator[tuple[Claim, Gold, dict[str, list[Mention]]]]:
    """Yield the cells of a bundle that are sound, one at a time; what is wrong goes to ``findings``."""
    for claim in claims:
        if claim.path not in bundle.sizes or claim.domain not in places.corpora:
            continue
        content = bundle.read(claim.path)
        if sha256(content) != claim.sha256:
            found = "other bytes than the manifest's SHA-256 says"
            findings.add(found, bundle.place(claim.path), todo=_PACK)
            continue
        gold = shelf.test(places.corpora[claim.domain], claim.domain)
        predicted = parse_sentences(content, gold, bundle.place(claim.path), findings)
        if predicted is not None:
            yield claim, gold, predicted


def missing_places(there: Mapping[Place, str], card: Card, places: Places) -> tuple[Place, ...]:
    """Return the cells that a complete row would have besides, in each setting that it has or claims."""
    settings = {setting for setting, _, _ in there} | {setting for setting, _ in card.claims}
    return tuple(
        (setting, domain, seed)
        for setting in sorted(settings, key=by_labels)
        for domain in places.domains
        for seed in places.seeds
        if (setting, domain, seed) not in there
    )


def twins_of(
    digests: Mapping[Place, str], known_digests: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
) -> dict[str, int]:
    """Return row → in how many cells its predictions are, to the byte, those of the submission."""
    found: dict[str, int] = {}
    for (setting, domain, _), digest in digests.items():
        for name in sorted(set(known_digests.get((setting, domain), {}).get(digest, ()))):
            found[name] = found.get(name, 0) + 1
    return found
