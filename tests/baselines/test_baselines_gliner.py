"""GLiNER as a baseline: offsets back to tokens, reasons to skip, a model played and a tiny real one."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import ODD_WORDS, SOURCE, TARGET, MemoryStore, write_backbone

from baselines.gliner import weights
from baselines.gliner.method import SEARCH, Gliner
from baselines.gliner.spans import labels_of, outcome_of, parts_of
from baselines.gliner.weights import CONFIG, WEIGHTS, missing_weights
from benchmark.domains.corpus import EntityType, Mention, Sentence
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.testing.fitting import fit_watched, toy_task
from larbench.testing.leak_detector import marked

REAL = importlib.util.find_spec("gliner") is not None
TASK = Task.of(SOURCE, TARGET, ZERO_SHOT)
SENTENCES = (
    *(sentence.unlabelled() for sentence in TARGET.test),
    Sentence("waters/test/100", ()),
    Sentence("waters/test/101", (" ", "")),
    Sentence("waters/test/102", ("Anna", "swam", "in", "the", "Blue", "Nile", ".") * 60),
    Sentence("waters/test/103", ODD_WORDS),
    Sentence("waters/test/104", ("nile" * 100,)),
    Sentence("waters/test/105", ("-." * 300,)),
)
words = st.sampled_from((*ODD_WORDS, "Anna", "U.S.", "a-b", " ", "東 京", "\n"))


def entity(start: int, end: int, label: str = "river", score: float = 0.9) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, "score": score}


def outcome(text: str, *entities: Mapping[str, Any]) -> tuple[list[Mention], dict[str, int]]:
    found = outcome_of(list(parts_of([text.split()], 50)), [entities], {"river": "river", "a city": "city"})
    return found.mentions, dict(found.met)


def test_characters_become_the_tokens_they_lie_in() -> None:
    assert outcome("the Blue Nile .", entity(4, 13)) == ([Mention(1, 3, "river")], {"found": 1})
    assert outcome("in the U.S. .", entity(7, 10, "a city")) == (
        [Mention(2, 3, "city")],
        {"found": 1, "snapped": 1},
    )
    assert outcome("Ems .", entity(3, 4)) == ([], {"found": 1, "empty": 1})
    assert outcome("Ems .", entity(0, 3, "lake")) == ([], {"found": 1, "unknown-label": 1})


def test_of_overlapping_spans_the_highest_score_then_the_longest_then_the_first_stays() -> None:
    scored = outcome("a b c", entity(0, 3, score=0.6), entity(2, 3, score=0.8), entity(4, 5, score=0.1))
    assert scored == ([Mention(1, 2, "river"), Mention(2, 3, "river")], {"found": 3, "overlapping": 1})
    assert outcome("a b c", entity(0, 1), entity(0, 3))[0] == [Mention(0, 2, "river")]
    assert outcome("a b c", entity(2, 5), entity(0, 3))[0] == [Mention(0, 2, "river")]


def test_labels_are_readable_names_unless_two_types_read_alike() -> None:
    kinds = [
        EntityType("org", "organisation", ""),
        EntityType("a", "Thing", ""),
        EntityType("b", "thing", ""),
    ]
    assert labels_of(kinds) == {"organisation": "org", "a": "a", "b": "b"}


@given(st.lists(st.lists(words, max_size=8), max_size=4), st.integers(1, 6))
def test_parts_cover_their_sentences(sentences: list[list[str]], most: int) -> None:
    parts = list(parts_of(sentences, most))
    for number, tokens in enumerate(sentences):
        covered = [
            part.first + place
            for part in parts
            if part.sentence == number
            for place in range(len(part.starts))
        ]
        assert covered == sorted(set(covered))
        left = set(range(len(tokens))) - set(covered)
        assert not any(tokens[place].strip() for place in left)
    for part in parts:
        assert part.text.strip()
        for place, (start, end) in enumerate(zip(part.starts, part.ends, strict=True)):
            token = sentences[part.sentence][part.first + place]
            assert part.text[start:end] == token
            if token:
                assert part.tokens(start, end) == (part.first + place, part.first + place + 1)


@given(
    st.lists(words, max_size=10),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30), st.floats(0, 1)), max_size=6),
)
def test_mentions_are_legal_whatever_is_found(
    tokens: list[str], most: int, spans: list[tuple[int, int, float]]
) -> None:
    parts = list(parts_of([tokens], most))
    found = [[entity(start, start + width, score=score) for start, width, score in spans] for _ in parts]
    result = outcome_of(parts, found, {"river": "river"})
    end = 0
    for mention in result.mentions:
        assert end <= mention.start < mention.end <= len(tokens)
        end = mention.end
    met = result.met
    assert met["found"] == len(spans) * len(parts) == met["empty"] + met["overlapping"] + len(result.mentions)


def test_it_is_skipped_where_the_package_or_the_weights_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    assert Gliner().skip(ZERO_SHOT) == "gliner is not installed: pip install 'larbench[gliner]'"
    assert Gliner().skip(SUPERVISED) == "made for zero-shot only"
    monkeypatch.undo()
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *place, **options: None)
    assert "hf download some/gliner --revision v2" in str(missing_weights("some/gliner@v2"))
    assert "no folder" in str(missing_weights("nowhere"))
    assert CONFIG in str(missing_weights(str(tmp_path)))
    (tmp_path / CONFIG).write_text('{"model_name": "some/encoder"}')
    assert WEIGHTS in str(missing_weights(str(tmp_path)))
    (tmp_path / WEIGHTS).write_bytes(b"")
    assert "stands on some/encoder" in str(missing_weights(str(tmp_path)))
    (tmp_path / "tokenizer_config.json").write_text("{}")
    (tmp_path / CONFIG).write_text('{"model_name": "some/encoder", "encoder_config": {"a": 1}}')
    assert missing_weights(str(tmp_path)) is None
    (tmp_path / CONFIG).write_text("none")
    assert "no JSON" in str(missing_weights(str(tmp_path)))


def test_parameters_that_a_search_tries_exist() -> None:
    assert set(SEARCH) <= set(Gliner.parameter_defaults())
    assert "weights" not in Gliner(gliner_model="nowhere").components()


class PlayedModel:
    """Finds every word that begins with a capital, as the last label; remembers what it was asked."""

    config = SimpleNamespace(max_len=384)

    def __init__(self) -> None:
        self.asked: list[str] = []

    @classmethod
    def from_pretrained(cls, folder: str, **options: Any) -> PlayedModel:
        assert Path(folder).is_dir()
        assert options == {"local_files_only": True, "map_location": "cpu"}
        return cls()

    def eval(self) -> None: ...

    def inference(
        self, texts: Sequence[str], labels: Sequence[str], **options: Any
    ) -> list[list[dict[str, Any]]]:
        self.asked += texts
        found = []
        for text in texts:
            starts = [
                at for at in range(len(text)) if text[at].isupper() and (at == 0 or text[at - 1] == " ")
            ]
            spans = [(at, text.find(" ", at) if " " in text[at:] else len(text)) for at in starts]
            found.append([entity(start, end, labels[-1]) for start, end in spans])
        return found


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder of a played model, in a package that is played too."""
    package = ModuleType("gliner")
    package.GLiNER = PlayedModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gliner", package)
    monkeypatch.setattr("baselines.gliner.method.missing_package", lambda: None)
    (tmp_path / CONFIG).write_text('{"model_name": "x", "encoder_config": {"a": 1}}')
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    (tmp_path / "tokenizer_config.json").write_text("{}")
    return tmp_path


def test_a_played_model_is_asked_once_for_each_sentence(played: Path) -> None:
    method = Gliner(gliner_model=str(played)).fit(TASK, 1)
    text = [Sentence("x/0", ("Anna", "saw", "Ems")), Sentence("x/1", ("Anna", "saw", "Ems"))]
    assert method.predict(text) == [[Mention(0, 1, "bridge"), Mention(2, 3, "bridge")]] * 2
    assert method.predict(text) == method.predict(text[:1]) * 2
    assert method.model_.asked == ["Anna saw Ems"]
    assert method.notes()["spans"] == {"found": 2}
    assert method.components()["weights"].startswith("sha256:")


def test_no_word_of_a_test_sentence_reaches_it_before_it_is_asked(played: Path) -> None:
    target, store = marked(TARGET), MemoryStore()
    for _ in range(2):  # the second after the first has been asked about them
        method = Gliner(gliner_model=str(played))
        _, watch = fit_watched(method, lambda: toy_task(SOURCE, target, ZERO_SHOT, store))
        assert watch.looks["the task"] == 1 and not watch.found
        method.predict([sentence.unlabelled() for sentence in target.test])


def test_a_long_sentence_is_read_in_parts(played: Path) -> None:
    method = Gliner(gliner_model=str(played)).fit(TASK, 1)
    (mentions,) = method.predict([Sentence("x/0", ("Anna", "swam", ".") * 200)])
    assert [mention.start for mention in mentions] == list(range(0, 600, 3))
    assert len(method.model_.asked) == 4


def test_without_weights_it_says_so_and_does_not_begin(played: Path) -> None:
    (played / WEIGHTS).unlink()
    with pytest.raises(UsageError, match=WEIGHTS):
        Gliner(gliner_model=str(played)).fit(TASK, 1)


@pytest.mark.skipif(not REAL, reason="gliner is not installed")
@pytest.mark.filterwarnings("default")  # its own, and those of the older transformers that it needs
def test_a_tiny_real_model_goes_all_the_way(tmp_path: Path) -> None:
    import torch
    from gliner import GLiNER, GLiNERConfig

    torch.manual_seed(0)
    config = GLiNERConfig(
        model_name=str(write_backbone(tmp_path / "encoder", positions=512)),
        hidden_size=32,
        max_width=4,
        max_len=64,
        dropout=0.0,
    )
    GLiNER.from_config(config).save_pretrained(tmp_path / "model", safe_serialization=True)
    method = Gliner(gliner_model=str(tmp_path / "model"), threshold=0.45)
    assert method.skip(ZERO_SHOT) is None
    predicted = method.fit(TASK, 1).predict(SENTENCES)
    assert any(predicted)
    for sentence, mentions in zip(SENTENCES, predicted, strict=True):
        end = 0
        for mention in mentions:
            assert end <= mention.start < mention.end <= len(sentence.tokens)
            assert mention.type in TARGET.type_names
            end = mention.end
    again = Gliner(gliner_model=str(tmp_path / "model"), threshold=0.45).fit(TASK, 1)
    assert again.predict(SENTENCES) == predicted
    assert again.notes() == method.notes() == json.loads(json.dumps(method.notes()))
    assert again.components() == method.components()
    assert method.predict([]) == []
    stern = Gliner(gliner_model=str(tmp_path / "model"), threshold=1.0).fit(TASK, 1)
    assert not any(stern.predict(SENTENCES))
