"""Noise on English text is what it was: results under noise hang on it, through the content of identities.

The hashes were taken before noise knew languages. Change one only with the noise itself, on purpose: say so
in the changelog, and rerun what was computed under noise.
"""

from __future__ import annotations

import os

import pytest

from benchmark.domains.corpus import Domain
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import KINDS, SOURCE, TARGET, Noise
from benchmark.domains.sample import Sizes, sample_domain
from benchmark.store.noisy_corpora import CONTENT, noise_identity

SAMPLE = {
    ("news", "target", 1.0): "de332ca939dabf65",
    ("news", "source", 0.4): "fa030517c070fd31",
    ("politics", "target", 0.2): "b3ba888c95288cde",
    ("politics", "target", 1.0): "9163604a326f13ed",
    ("science", "target", 1.0): "eff3422348c7eb6c",
    ("music", "target", 1.0): "98923693de8a4563",
    ("literature", "target", 1.0): "c02d1fe1ad9927e2",
    ("ai", "target", 1.0): "0dc07729df0965db",
}
SINGLE_KINDS = {
    "types": "943de4245d24df6e",
    "boundaries": "b78abb0d4a35edcd",
    "missed": "e20cc538a0e76a0b",
    "spurious": "69e5b065d1eddfa2",
    "typos": "3a4975be2a8319ec",
    "casing": "c59abb4d0404e2f8",
    "ocr": "60bf24c66435939a",
    "punctuation": "a3e632154aba36ab",
    "spacing": "d66dcfdb1e4008f4",
}
CROSSNER = {
    ("politics", 0.2): "766bc3d2c68707b9",
    ("politics", 1.0): "2d7cb6bbdad4f42d",
    ("science", 1.0): "ccc789cc3e5e7e05",
    ("music", 1.0): "9eba1ea7ee6594f7",
    ("literature", 1.0): "e71a4f3eb02180e9",
    ("ai", 1.0): "8dd4a4f302bceca5",
}


def of_the_sample(name: str) -> Domain:
    """Return a domain of the sample in the size that it had when the hashes were taken."""
    train = {"news": 1500, "science": 120}.get(name, 100)
    return sample_domain(name, size=Sizes(train, 200, 300))


def content(domain: Domain, noise: Noise) -> str:
    return noise_identity(noise, domain, domain)[CONTENT][:16]


@pytest.mark.parametrize(("name", "on", "rate"), SAMPLE)
def test_noise_on_the_sample_is_what_it_was(name: str, on: str, rate: float) -> None:
    assert content(of_the_sample(name), Noise(on, rate)) == SAMPLE[name, on, rate]


@pytest.mark.parametrize("kind", SINGLE_KINDS)
def test_each_kind_is_what_it_was(kind: str) -> None:
    on = TARGET if kind in KINDS[TARGET] else SOURCE
    assert content(of_the_sample("politics"), Noise(on, 1.0, (kind,), seed=7)) == SINGLE_KINDS[kind]


@pytest.mark.crossner
@pytest.mark.skipif("LARBENCH_DATA" not in os.environ, reason="LARBENCH_DATA names no corpora")
@pytest.mark.parametrize(("name", "rate"), CROSSNER)
def test_noise_on_crossner_is_what_it_was(name: str, rate: float) -> None:
    """Its text holds accents, Greek and Chinese characters, and yet is English."""
    assert content(load_domain("crossner", name), Noise(TARGET, rate)) == CROSSNER[name, rate]
