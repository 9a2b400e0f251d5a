"""A toy world for tests of taggers and methods: two small domains, a tiny encoder, a store in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention
from benchmark.task import MakeFiles

torch.set_num_threads(1)  # tiny products: threads would only wait for one another

SURFACES: Mapping[str, tuple[str, ...]] = {
    "person": ("Anna", "Bob Marsh", "Carla", "Dirk Olsen", "Eve"),
    "city": ("Rome", "New Lima", "Oslo", "Kiel"),
    "river": ("Ems", "Blue Nile", "Elbe"),
    "bridge": ("Long Arch", "Skyway", "Tower Gate"),
}
SOURCE_TEMPLATES = (
    "person lives in city .",
    "the train from city to city was late",
    "person met person in city !",
    "nobody saw person",
    "it rained all day .",
)
TARGET_TEMPLATES = (
    "person swam in the river .",
    "the bridge crosses the river",
    "person and person walked over bridge !",
    "the river was cold .",
    "it rained all day .",
)
ODD_WORDS = ("\u200b", "\u0301", "", "東京", "ﷺ", "🙂", "-", "[SEP]", "x" * 400, "I\u0307", "\ufffd", "\x00")


def sentences(
    templates: Sequence[str], count: int, where: str, first: int = 0
) -> tuple[LabelledSentence, ...]:
    """Fill the templates in turn with surfaces in turn; ``first`` shifts which surfaces come."""
    pools = {kind: cycle(names[first % len(names) :] + names[:first]) for kind, names in SURFACES.items()}
    return tuple(
        _filled(templates[number % len(templates)], pools, f"{where}/{number}") for number in range(count)
    )


def _filled(template: str, pools: Mapping[str, Iterator[str]], name: str) -> LabelledSentence:
    tokens: list[str] = []
    mentions = []
    for word in template.split():
        words = next(pools[word]).split() if word in pools else [word]
        if word in pools:
            mentions.append(Mention(len(tokens), len(tokens) + len(words), word))
        tokens += words
    return LabelledSentence(name, tuple(tokens), tuple(mentions))


def domain(name: str, kinds: Sequence[str], templates: Sequence[str], *, train: int, dev: int = 8) -> Domain:
    """Build a domain of so many sentences; its test split has words that stand nowhere else."""
    test = (
        LabelledSentence(f"{name}/test/0", ("Zoe", "lives", "by", "the", "Oder"), (Mention(0, 1, "person"),)),
        LabelledSentence(f"{name}/test/1", ("Quito", "is", "far", "away"), ()),
    )
    return Domain(
        corpus="own",
        name=name,
        language="en",
        types=tuple(EntityType(kind, kind, f"the name of a {kind}") for kind in kinds),
        train=sentences(templates, train, f"{name}/train"),
        dev=sentences(templates, dev, f"{name}/dev", first=1),
        test=test + sentences(templates, 5, f"{name}/test-", first=2),
    )


SOURCE = domain("towns", ("person", "city"), SOURCE_TEMPLATES, train=30)
TARGET = domain("waters", ("person", "river", "bridge"), TARGET_TEMPLATES, train=20)


class MemoryStore:
    """An artefact store in memory that counts what it had to make, and remembers the keys asked for."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.keys: list[dict[str, object]] = []
        self.made = 0

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        return self.files.get(json.dumps([kind, key], sort_keys=True))

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        name = json.dumps([kind, key], sort_keys=True)
        self.keys.append(key)
        if name not in self.files:
            self.made += 1
            self.files[name] = make()
        return self.files[name]


def write_backbone(folder: Path, *, cased: bool = False, positions: int = 256) -> Path:
    """Save a tiny BERT, randomly initialised but always the same, and its WordPiece tokenizer."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary(cased)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast.from_pretrained(folder, do_lower_case=not cased).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def _vocabulary(cased: bool) -> list[str]:
    characters = [chr(code) for code in range(33, 127) if cased or not chr(code).isupper()]
    words = [word for names in SURFACES.values() for name in names for word in name.split()]
    words += [word for text in SOURCE_TEMPLATES + TARGET_TEMPLATES for word in text.split()]
    if not cased:
        words = [word.lower() for word in words]
    pieces = [*characters, *(f"##{character}" for character in characters), *words]
    return list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]))


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a tiny uncased encoder, a backbone's name."""
    return str(write_backbone(tmp_path_factory.mktemp("backbones") / "tiny"))


def _briefly(student: Callable[..., Any], teacher: Any, seed: int, *, words: int, rounds: int) -> Any:
    """Pass over the toy target, of some 150 words, about ten times."""
    return student(teacher, seed, words=min(words, 1500), rounds=rounds)


@pytest.fixture(scope="module", autouse=True)
def learnable_recipes() -> Iterator[None]:
    """Train as fast as the toy world can be learned, whatever the recipes for real encoders say."""
    import lar.student
    import tagger.source
    import tagger.target
    from tagger.train import Recipe

    quick = Recipe(epochs=10, learning_rate=5e-3, batch_tokens=128, evaluate_every=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tagger.source, "source_recipe", lambda words: quick)
        patch.setattr(tagger.target, "RECIPE", quick)
        patch.setattr(lar.student, "SELF", quick)
        patch.setattr(lar.student, "JOINT", replace(quick, epochs=1))
        patch.setattr(lar.student, "ROUND", quick)
        patch.setattr(lar.student, "zero_shot_student", partial(_briefly, lar.student.zero_shot_student))
        yield
