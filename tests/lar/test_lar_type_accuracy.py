"""Type-inference accuracy: counted by hand, on the toy world's gold mentions, and as a command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from toys import SOURCE, TARGET, MemoryStore

from benchmark.errors import LarbenchError, UsageError
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.commands import cli
from lar.commands.gold_typing import GoldTyping, TypeRow, mcnemar, summed, type_gold, type_rows
from lar.generalists.protocol import TypingRequest
from lar.inference.mentions import find_mentions, mentions_at
from larbench.tagger.pretrained import source_tagger

DEV = TARGET.dev


def test_counted_by_hand() -> None:
    rows = type_rows(
        gold=["a", "a", "a", "a", "b", "b", "b"],
        direct=["a", "a", "b", "b", "b", "a", "c"],
        enhanced=["a", "b", "a", "c", "b", "b", "a"],
        types=["b", "a", "c"],
    )
    assert rows == [
        TypeRow("b", support=3, direct=1, enhanced=2, changed=2, set_right=1, set_wrong=0),
        TypeRow("a", support=4, direct=2, enhanced=2, changed=3, set_right=1, set_wrong=1),
        TypeRow("c", support=0, direct=0, enhanced=0, changed=0, set_right=0, set_wrong=0),
    ]
    assert [row.direct_accuracy for row in rows] == [1 / 3, 2 / 4, None]
    assert [row.enhanced_accuracy for row in rows] == [2 / 3, 2 / 4, None]
    total = summed(rows)
    assert total == TypeRow("all", support=7, direct=3, enhanced=4, changed=5, set_right=2, set_wrong=1)
    assert total.net == total.enhanced - total.direct == 1
    assert summed([]) == TypeRow("all", 0, 0, 0, 0, 0, 0)


def test_the_p_value_is_that_of_fair_coins() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(3, 3) == pytest.approx(1)
    assert mcnemar(0, 5) == mcnemar(5, 0) == pytest.approx(2 / 2**5)
    assert mcnemar(8, 1) == pytest.approx(2 * (1 + 9) / 2**9)


@pytest.mark.parametrize(("gold", "direct", "why"), [(["z"], ["a"], "z"), (["a"], ["a", "a"], "argument")])
def test_lists_that_do_not_fit_are_refused(gold: list[str], direct: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        type_rows(gold, direct, direct, ["a"])


class Scripted:
    """A generalist that knows some surfaces, and nothing of the others."""

    name = "scripted"

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.spans: list[tuple[str, tuple[int, int]]] = []
        self.read: list[str] = []

    def learn(self, text: Sequence[TypingRequest]) -> None:
        self.read += [one.id for one in text]

    def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[str | None, ...]]:
        self.spans += [(one.id, span) for one in asked for span in one.spans]
        return [
            tuple(self.known.get(" ".join(one.tokens[start:end])) for start, end in one.spans)
            for one in asked
        ]

    def notes(self) -> Mapping[str, Any]:
        return {"generalist": {"name": self.name}}


@pytest.fixture(scope="module")
def task() -> Task:
    workspace = Workspace(artefacts=MemoryStore())
    return Task.of(SOURCE, replace(TARGET, test=()), ZERO_SHOT, workspace=workspace)


def _typed(task: Task, generalist: Scripted, backbone: str) -> GoldTyping:
    return type_gold(task, DEV, generalist, backbone=backbone, seed=1)


def _gold() -> list[tuple[str, tuple[int, int], str, str]]:
    """The gold mentions of dev: sentence, span, words, type."""
    return [
        (s.id, (m.start, m.end), " ".join(s.tokens[m.start : m.end]), m.type) for s in DEV for m in s.mentions
    ]


def test_belief_is_read_off_at_any_span(task: Task, tiny_backbone: str) -> None:
    tagger = source_tagger(task, tiny_backbone, 1)
    text = [sentence.unlabelled() for sentence in DEV]
    found = find_mentions(tagger, text)
    spans: list[list[tuple[int, int]]] = [[] for _ in text]
    for number, span in zip(found.sentence.tolist(), found.spans, strict=True):
        spans[number].append(span)
    again = mentions_at(tagger, text, spans)
    assert again.spans == found.spans and len(again.spans) > 0
    np.testing.assert_array_equal(again.sentence, found.sentence)
    np.testing.assert_array_equal(again.source, found.source)
    # the last word of each sentence: a full stop or the like, which the tagger calls no mention
    ends = [[(len(s.tokens) - 1, len(s.tokens))] for s in text]
    odd = mentions_at(tagger, text, ends)
    assert odd.source.shape == (len(text), len(tagger.types))
    np.testing.assert_allclose(odd.source.sum(axis=1), 1, rtol=1e-5)
    none = mentions_at(tagger, text, [[] for _ in text])
    assert none.source.shape == (0, len(tagger.types)) and none.spans == []


def test_every_gold_mention_is_typed_and_asked_about_once(task: Task, tiny_backbone: str) -> None:
    generalist = Scripted({})
    typed = _typed(task, generalist, tiny_backbone)
    assert generalist.spans == [(name, span) for name, span, _, _ in _gold()]
    assert list(typed.gold) == [kind for *_, kind in _gold()]
    assert typed.enhanced == typed.direct  # nothing answered: direct inference has to do
    assert set(typed.direct) <= set(task.target.type_names)
    by_words: dict[str, set[str]] = {}
    for (_, _, words, _), kind in zip(_gold(), typed.direct, strict=True):
        by_words.setdefault(words, set()).add(kind)
    assert all(len(kinds) == 1 for kinds in by_words.values())  # pooled by surface


def test_a_generalist_reads_the_unlabelled_text(task: Task, tiny_backbone: str) -> None:
    generalist = Scripted({})
    _typed(task, generalist, tiny_backbone)
    assert set(generalist.read) <= {sentence.id for sentence in task.target.unlabelled}
    assert any(name.startswith("waters/train/") for name in generalist.read)


def test_a_generalist_that_knows_gains_what_direct_inference_lacks(task: Task, tiny_backbone: str) -> None:
    known = {words: kind for _, _, words, kind in _gold()}
    typed = _typed(task, Scripted(known), tiny_backbone)
    assert typed.enhanced == typed.gold
    total = summed(type_rows(typed.gold, typed.direct, typed.enhanced, task.target.type_names))
    assert total.enhanced == total.support == len(_gold())
    assert (total.set_right, total.set_wrong) == (total.support - total.direct, 0)


# ------------------------------------------------------------------------------------------ the command


@pytest.mark.usefixtures("toy_corpus")
def test_the_command_prints_tables_or_json(tiny_backbone: str, tmp_path: Any) -> None:
    words = ["types", "--corpus", "sample", "--target", "ai", "--backbone", tiny_backbone, "--seed", "1"]
    words += ["--store", str(tmp_path / "store"), "--target", "music"]
    shown = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert shown.exit_code == 0
    for text in ("towns → ai", "towns → music", "enhanced by embedding", "All domains", "exact McNemar"):
        assert text in shown.output
    done = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert {key: told[key] for key in ("corpus", "source", "generalist", "seed")} == {
        "corpus": "sample",
        "source": "towns",
        "generalist": "embedding",
        "seed": 1,
    }
    assert list(told["domains"]) == ["ai", "music"]
    one = told["domains"]["ai"]
    assert [row["type"] for row in one["types"]] == list(TARGET.type_names)
    assert one["all"]["support"] == len(_gold()) == sum(row["support"] for row in one["types"])
    assert one["all"]["net"] == one["all"]["enhanced"] - one["all"]["direct"]
    assert 0 <= one["all"]["p_value"] <= 1
    assert one["notes"]["generalist"]["asked"] == len(_gold())


@pytest.mark.usefixtures("toy_corpus")
def test_openai_without_an_endpoint_is_told(
    tiny_backbone: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    words = ["types", "--corpus", "sample", "--target", "ai", "--backbone", tiny_backbone, "--seed", "1"]
    with pytest.raises(LarbenchError, match="no endpoint: set OPENAI_API_KEY"):
        CliRunner().invoke(
            cli,
            [*words, "--generalist", "openai", "--store", str(tmp_path / "store")],
            catch_exceptions=False,
            standalone_mode=False,
        )


@pytest.mark.parametrize(
    ("words", "why"), [([], "name a --target"), (["--target", "ai", "--generalist", "oracle"], "generalist")]
)
def test_what_it_cannot_do_is_told_before_any_work(words: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        CliRunner().invoke(cli, ["types", *words], catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize(("command", "option"), [("types", "--llm-model"), ("mentions", "--set")])
def test_help_imports_neither_torch_nor_scipy(command: str, option: str) -> None:
    code = (
        f"import sys; from lar.commands import cli; cli(['{command}', '--help'], standalone_mode=False);"
        "sys.exit(bool({'torch', 'transformers', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert option in done.stdout
