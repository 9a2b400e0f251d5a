"""Real corpora in the layouts of their authors: what is read equals an independent reader's counts.

``LARBENCH_OPEN_DATA`` names the folder that holds them; without it the folder ``open`` beside CrossNER's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmark.cli.data import data
from larbench import describe_domain, load_domain

pytestmark = pytest.mark.crossner

CROSSNER = os.environ.get("LARBENCH_DATA")
OPEN = Path(os.environ.get("LARBENCH_OPEN_DATA") or (Path(CROSSNER).parent / "open" if CROSSNER else "none"))

REPAIR = 'illegal_transitions = "repair"\n'
# folder → domain.toml, files of train, dev and test (dev None where it is drawn), column of token and of tag
COLUMNS = {
    "wnut17": ("", ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"), 0, 1),
    "re3d": ("", ("re3d-train.conll", None, "re3d-test.conll"), 0, 1),
    "cyner": (REPAIR, ("train.txt", "valid.txt", "test.txt"), 0, 1),
    "anem": ("", ("AnEM.train", None, "AnEM.test"), 0, 3),
    "sec-filings": ('[files]\ntrain = "FIN5.txt"\ntest = "FIN3.txt"\n', ("FIN5.txt", None, "FIN3.txt"), 0, 3),
    "uner-da": (REPAIR, tuple(f"da_ddt-ud-{split}.iob2" for split in ("train", "dev", "test")), 1, 2),
    "uner-sv": ("", tuple(f"sv_talbanken-ud-{split}.iob2" for split in ("train", "dev", "test")), 1, 2),
    "uner-pt": ("", tuple(f"pt_bosque-ud-{split}.iob2" for split in ("train", "dev", "test")), 1, 2),
}
RELATIONS = [
    f"{folder}/{domain}"
    for folder in ("crossre", "crossre-german", "crossre-spanish")
    for domain in ("ai", "literature", "music", "politics", "science")
]
# sentences of train (with a dev drawn from it), dev and test, as their publishers tell them
PUBLISHED = {
    "wnut17": (3394, 1009, 1287),
    "re3d": (765, None, 200),
    "cyner": (2811, 813, 748),
    "anem": (2815, None, 1882),
    "sec-filings": (1164, None, 303),
}


def counts_of_columns(path, token, tag):
    """Sentences, tokens and mentions by type, by the plainest of means: a loop over lines."""
    sentences = tokens = 0
    found: Counter[str] = Counter()
    inside, before = False, "O"
    for line in path.read_text(encoding="utf-8").split("\n"):
        cells = line.split("\t") if "\t" in line else line.split(" ")
        if not line.strip() or cells[0] == "-DOCSTART-" or re.match("# (sent_id|text|newdoc)", line):
            inside, before = False, "O"
            continue
        sentences += not inside
        inside = True
        tokens += 1
        assert cells[token].strip()
        now = cells[tag]
        if now != "O":
            found[now[2:]] += now[0] == "B" or before == "O" or before[2:] != now[2:]
        before = now
    return sentences, tokens, +found


def counts_of_relations(path):
    sentences = tokens = 0
    found: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        sentences += 1
        tokens += len(item["sentence"])
        used: set[int] = set()
        for first, last, kind in sorted(item["ner"], key=lambda one: (one[0] - one[1], one[0])):
            if used.isdisjoint(range(first, last + 1)):
                used |= set(range(first, last + 1))
                found[kind] += 1
    return sentences, tokens, found


def counts_of_domain(domain, *splits):
    some = [sentence for split in splits for sentence in domain.split(split)]
    kinds = Counter(mention.type for sentence in some for mention in sentence.mentions)
    return len(some), sum(len(sentence.tokens) for sentence in some), kinds


def place_of(tmp_path, folder, toml):
    if not (OPEN / folder).is_dir():
        pytest.skip("LARBENCH_OPEN_DATA names no folder with the open corpora")
    if not toml:
        return OPEN / folder
    shutil.copytree(OPEN / folder, tmp_path / folder)
    (tmp_path / folder / "domain.toml").write_text(toml)
    return tmp_path / folder


def check(path):
    for command in ("check", "describe"):
        result = CliRunner().invoke(data, [command, str(path)])
        assert result.exit_code == 0, result.output[-2000:]
    return load_domain("own", str(path))


@pytest.mark.parametrize("folder", COLUMNS)
def test_columns_as_they_lie(tmp_path, folder):
    toml, files, token, tag = COLUMNS[folder]
    path = place_of(tmp_path, folder, toml)
    domain = check(path)
    for split, name in zip(("train", "dev", "test"), files, strict=True):
        if name is not None:
            parts = ("train", "dev") if split == "train" and files[1] is None else (split,)
            assert counts_of_domain(domain, *parts) == counts_of_columns(path / name, token, tag)
    if folder in PUBLISHED:
        train, dev, test = PUBLISHED[folder]
        assert len(domain.train) + (0 if dev else len(domain.dev)) == train
        assert (dev is None or len(domain.dev) == dev) and len(domain.test) == test
    assert describe_domain(path).content_hash == domain.content_hash


@pytest.mark.parametrize("name", RELATIONS)
def test_relations_as_they_lie(name):
    path = OPEN / name
    if not path.parent.is_dir():
        pytest.skip("LARBENCH_OPEN_DATA names no folder with the open corpora")
    domain = check(path)
    for split in ("train", "dev", "test"):
        file = path.with_name(f"{path.name}-{split}.json")
        assert counts_of_domain(domain, split) == counts_of_relations(file)
