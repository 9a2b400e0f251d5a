"""Folders of one's own: schemes, declared types, the check's report, the repaired copy, the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.cli.data import data
from benchmark.domains.check import read_corpus, report
from benchmark.domains.corpus import EntityType, Mention
from benchmark.domains.repair import write_repaired
from benchmark.domains.split_files import raw_text_files
from benchmark.domains.tags import SCHEMES, encode
from benchmark.domains.type_names import readable_name
from benchmark.domains.types.entity_types import load_types
from benchmark.errors import InputError
from larbench import check_domain, load_domain

SENTENCES = [
    (("Ada", "Byron", "Ada", "wrote", "."), [Mention(0, 2, "person"), Mention(2, 3, "person")]),
    (("in", "New", "York", "City"), [Mention(1, 4, "place")]),
    (("Rome",), [Mention(0, 1, "place")]),
]


def write(folder: Path, scheme: str = "IOB2", end: str = "\n", **splits: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(
        "".join(f"{t}\t{tag}\n" for t, tag in zip(tokens, encode(mentions, len(tokens), scheme), strict=True))
        for tokens, mentions in SENTENCES
    )
    for split in ("train", "dev", "test"):
        content = splits.get(split, text).replace("\n", end)
        (folder / f"{split}.txt").write_bytes(content.encode())
    return folder


def kinds(report):
    """What is wrong, but for the short names that the types of these tests have."""
    found = [problem for problem in report.problems if problem.kind != "type without a readable name"]
    return [(problem.kind, Path(problem.path).name, problem.line) for problem in found]


def invoke(*arguments):
    return CliRunner().invoke(data, [str(argument) for argument in arguments])


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "IO"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_scheme_is_read_to_the_same_domain(tmp_path, scheme, end):
    domain = load_domain("own", str(write(tmp_path / "mine", scheme, end)))
    assert domain.content_hash == load_domain("own", str(write(tmp_path / "plain" / "mine"))).content_hash
    assert (domain.corpus, domain.name, domain.language) == ("own", "mine", "und")
    assert domain.types == (EntityType("person", "person", ""), EntityType("place", "place", ""))
    assert [(s.tokens, list(s.mentions)) for s in domain.dev] == SENTENCES
    assert [s.id for s in domain.test] == ["mine/test/0", "mine/test/1", "mine/test/2"]
    report = check_domain(tmp_path / "mine")
    assert report.ok and report.scheme == scheme
    assert f"tags in {scheme}" in str(report)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.binary(max_size=60))
def test_no_folder_raises_anything_but_input_errors(tmp_path, train, toml):
    write(tmp_path)
    (tmp_path / "train.txt").write_bytes(train)
    (tmp_path / "domain.toml").write_bytes(toml)
    report = check_domain(tmp_path)
    str(report)
    json.dumps(report.as_dict())
    try:
        load_domain("own", str(tmp_path))
    except InputError:
        assert not report.ok
    else:
        assert report.ok


def test_a_domain_toml_declares_types_name_and_language(tmp_path):
    write(tmp_path)
    (tmp_path / "domain.toml").write_text(
        'name = "my corpus"\nlanguage = "de"\n[types.place]\ndescription = "where"\n'
        '[types.person]\nname = "human"\n[types.thing]\n'
    )
    domain = load_domain("own", str(tmp_path))
    assert (domain.name, domain.language) == ("my-corpus", "de")
    assert domain.types == (
        EntityType("place", "place", "where"),
        EntityType("person", "human", ""),
        EntityType("thing", "thing", ""),
    )


def test_types_that_are_not_declared_are_errors(tmp_path):
    write(tmp_path)
    (tmp_path / "domain.toml").write_text("[types.person]\n")
    report = check_domain(tmp_path)
    assert report.counts() == {"undeclared type": {"B-place": 6, "I-place": 6}}
    assert kinds(report)[0] == ("undeclared type", "train.txt", 8)
    with pytest.raises(InputError, match="B-place") as caught:
        load_domain("own", str(tmp_path))
    assert caught.value.line == 8 and "11 more problems" in str(caught.value)


@pytest.mark.parametrize(
    "toml",
    [
        "types = 3",
        "[types]",
        "[types.x]\nnaem = 'y'",
        "[types.x]\nname = 3",
        "what = 1",
        "name = 1",
        "=",
        "\xff",
        "scheme = 'BIO'",
        "[types.x]\nname = ' '",
        "types.x = 1",
    ],
)
def test_a_bad_domain_toml_is_a_problem(tmp_path, toml):
    write(tmp_path)
    (tmp_path / "domain.toml").write_bytes(toml.encode("latin-1"))
    assert [problem.kind for problem in check_domain(tmp_path).problems] == ["bad domain.toml"]


def test_a_stated_scheme_overrules_the_detected_one(tmp_path):
    write(tmp_path, "IOB1")
    assert check_domain(tmp_path).ok
    assert check_domain(tmp_path, scheme="IOB2").counts() == {
        "illegal transition": {"O → I-place": 6, "O → I-person": 3}
    }
    (tmp_path / "domain.toml").write_text('scheme = "IOB2"')
    assert not check_domain(tmp_path).ok
    with pytest.raises(InputError, match="IOB2, IOB1"):
        check_domain(tmp_path, scheme="BIO")


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    bad = "a\tB-x\nb\n\tO\nc\tX-x\nd\tPERSON\n\ne\tO\nf\tI-x\ng\tI-y\n"
    write(tmp_path, train=bad, dev="")
    (tmp_path / "test.txt").unlink()
    (tmp_path / "dev.txt").write_bytes(b"a\xff\tO\n")
    report = check_domain(tmp_path)
    assert kinds(report) == [
        ("missing split", tmp_path.name, None),
        ("ragged row", "train.txt", 2),
        ("empty token", "train.txt", 3),
        ("unknown prefix", "train.txt", 4),
        ("unknown prefix", "train.txt", 5),
        ("illegal transition", "train.txt", 8),
        ("illegal transition", "train.txt", 9),
        ("invalid UTF-8", "dev.txt", 1),
    ]
    assert report.counts()["illegal transition"] == {"O → I-x": 1, "I-x → I-y": 1}
    result = invoke("check", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path / 'train.txt'}:8: illegal transition: found the transition O → I-x" in result.output
    assert "7 errors (" in result.output
    told = json.loads(invoke("check", tmp_path, "--json").output)
    ragged = next(one for one in told["problems"] if one["kind"] == "ragged row")
    assert told["ok"] is False and ragged["line"] == 2 and ragged["found"] == "1 column"


def test_a_row_that_cannot_be_read_is_not_blamed_twice(tmp_path):
    write(tmp_path, train="a\tB-x\nb\nc\tI-x\n\nd\tB-x\ne\tZ\nf\tI-x\n")
    assert [kind for kind, _, _ in kinds(check_domain(tmp_path))] == ["ragged row", "unknown prefix"]


def test_empty_files_ambiguous_splits_and_corpora_without_mentions(tmp_path):
    write(tmp_path / "a", train="\n")
    assert kinds(check_domain(tmp_path / "a")) == [("empty file", "train.txt", None)]
    write(tmp_path / "b")
    (tmp_path / "b/valid.conll").write_text("a\tO\n")
    assert [kind for kind, _, _ in kinds(check_domain(tmp_path / "b"))] == ["ambiguous split"]
    write(tmp_path / "c", **dict.fromkeys(("train", "dev", "test"), "a\tO\n"))
    assert [kind for kind, _, _ in kinds(check_domain(tmp_path / "c"))] == ["no mentions"]
    report = check_domain(tmp_path)
    assert [kind for kind, _, _ in kinds(report)] == ["missing split"] * 3
    assert str(tmp_path / "a") in report.problems[0].todo


def test_other_usual_file_names_are_found(tmp_path):
    write(tmp_path)
    (tmp_path / "dev.txt").rename(tmp_path / "valid.conll")
    assert len(load_domain("own", str(tmp_path)).dev) == 3


def test_a_sound_folder_and_a_single_file_pass(tmp_path):
    write(tmp_path)
    result = invoke("check", tmp_path)
    assert result.exit_code == 0 and "nothing is wrong" in result.output
    assert invoke("check", tmp_path / "dev.txt").exit_code == 0
    assert json.loads(invoke("check", tmp_path, "--json").output)["files"][0]["mentions"] == 4


def test_a_path_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        check_domain(tmp_path / "none")
    with pytest.raises(InputError, match="no such folder"):
        load_domain("own", str(tmp_path / "none"))


def test_a_repair_writes_a_copy_in_which_only_the_bad_tags_differ(tmp_path):
    bad = "\ufeff-DOCSTART- O O\r\n\r\na NN O\r\nb  NN\tI-x \r\nI-x NN I-x\r\n\r\nc NN I-y"
    folder = write(tmp_path / "mine", **dict.fromkeys(("train", "dev"), "u\tB-x\nv\tB-y\nw\tB-y\n"), test=bad)
    (folder / "domain.toml").write_text("[types.x]\n[types.y]\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = invoke("check", folder, "--repair")
    assert result.exit_code == 0, result.output
    assert "O → I-x ×1" in result.output and "2 tags changed" in result.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    copy = tmp_path / "mine.repaired"
    assert (copy / "test.txt").read_bytes().decode() == bad.replace("\tI-x", "\tB-x").replace("I-y", "B-y")
    assert {path.name for path in copy.iterdir()} == set(before)
    assert all((copy / name).read_bytes() == before[name] for name in before if name != "test.txt")
    assert check_domain(copy).ok
    assert [list(s.mentions) for s in load_domain("own", str(copy)).test] == [
        [Mention(1, 3, "x")],
        [Mention(0, 1, "y")],
    ]


def test_a_repair_keeps_the_scheme_and_can_be_of_one_file(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("a\tB-x\nb\tO\nc\tS-x\nd\tI-x\n")
    repair = write_repaired(read_corpus(path))
    assert repair.output == tmp_path / "some.repaired.txt" and repair.changed == 2
    assert repair.output.read_text() == "a\tS-x\nb\tO\nc\tS-x\nd\tS-x\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["some.repaired.txt", "some.txt"]


@pytest.mark.parametrize(
    ("scheme", "rows", "line", "expected"),
    [
        ("IOB2", "a O\nb I-x\nc I-x\n", 2, "B-x here"),
        ("IOB2", "a B-y\nb I-x\n", 2, "B-x here"),
        ("IOB1", "a O\nb B-x\nc I-x\n", 2, "I-x here"),
        ("IOBES", "a O\nb B-x\n", 2, "S-x here"),
        ("IOBES", "a B-x\nb O\n", 2, "S-x on the line before"),
        ("BILOU", "a O\nb L-x\n", 2, "U-x here"),
    ],
)
def test_an_illegal_transition_says_which_tag_a_repair_would_write(tmp_path, scheme, rows, line, expected):
    (tmp_path / "some.txt").write_text(rows)
    found = report(read_corpus(tmp_path / "some.txt", scheme=scheme)).problems
    (problem,) = (one for one in found if one.kind == "illegal transition")
    assert (problem.line, problem.expected) == (line, expected)


def test_one_repaired_tag_is_one_and_a_scheme_may_be_in_small_letters(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("a\tO\nb\tI-x\n")
    result = invoke("check", path, "--scheme", "iob2", "--repair")
    assert result.exit_code == 0 and "(1 tag changed;" in result.output
    assert "[IOB2|IOB1|IOBES|BILOU|BMES|IOE2|IOE1|IO]" in " ".join(invoke("check", "--help").output.split())


def test_a_repair_never_overwrites_and_mends_nothing_else(tmp_path):
    folder = write(tmp_path / "mine", train="a\tB-x\n\nb\tI-x\n")
    taken = tmp_path / "taken"
    taken.mkdir()
    result = CliRunner().invoke(data, ["check", str(folder), "--repair", "--output", str(taken)])
    assert isinstance(result.exception, InputError) and "--output" in str(result.exception)
    assert list(taken.iterdir()) == []
    assert invoke("check", folder, "--repair", "--output", tmp_path / "new" / "place").exit_code == 0
    (folder / "dev.txt").write_text("a\n")
    refused = invoke("check", folder, "--repair")
    assert refused.exit_code == 2 and "nothing written" in refused.output
    with pytest.raises(InputError, match="ragged row"):
        write_repaired(read_corpus(folder))
    assert not (tmp_path / "mine.repaired").exists()


def test_nothing_to_repair_writes_nothing(tmp_path):
    folder = write(tmp_path / "mine")
    assert "nothing to repair" in invoke("check", folder, "--repair").output
    assert list(tmp_path.iterdir()) == [folder]
    assert invoke("check", folder, "--output", "x").exit_code == 2


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("political_party", "political party"),
        ("PoliticalParty", "political party"),
        ("programming-language", "programming language"),
        ("DNASequence", "dna sequence"),
        ("ORG", "organisation"),
        ("EVENT", "event"),
        ("__", "__"),
    ],
)
def test_readable_names(name, readable):
    assert readable_name(name) == readable


def test_the_types_of_a_corpus_are_loaded_in_order(tmp_path):
    path = tmp_path / "t.toml"
    path.write_text('language = "en"\n[types.b]\nname = "bee"\ndescription = "an insect"\n[types.a]\n')
    assert load_types(path) == ("en", (EntityType("b", "bee", "an insect"), EntityType("a", "a", "")))
    path.write_text('language = "en"\n')
    with pytest.raises(InputError, match="no types"):
        load_types(path)
    with pytest.raises(InputError, match="no readable file"):
        load_types(tmp_path / "none.toml")


TYPES = '[types.port]\nname = "port"\n'


def raw_folder(folder: Path, **more: str) -> Path:
    folder.mkdir()
    files = {"domain.toml": TYPES, "notes.txt": "The ferry left Oslo .\nIt was noon .\n"} | {
        name.replace("_", "."): content for name, content in more.items()
    }
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    return folder


def test_a_folder_of_raw_text_is_told_to_be_one_by_the_check_and_by_who_wants_labels(tmp_path):
    folder = raw_folder(tmp_path / "harbour", more_txt="Kiel is near .\n", LICENSE_txt="Free to use .\n")
    done = CliRunner().invoke(data, ["check", str(folder)])
    assert done.exit_code == 0
    assert "raw text without labels (more.txt, notes.txt); types: port" in done.output
    found = json.loads(CliRunner().invoke(data, ["check", str(folder), "--json"]).output)
    assert (found["raw_text"], found["types"]) == (["more.txt", "notes.txt"], ["port"])
    with pytest.raises(InputError, match=r"found raw text without labels .*train --setting zero-shot"):
        load_domain(str(folder))


@pytest.mark.parametrize(
    "more",
    [
        {"train_conll": "Oslo B-port\n"},
        {"our_train_txt": "Oslo B-port\n"},
        {"notes_txt": "Oslo B-port\nsleeps O\n\nKiel B-port\n"},
        {"notes_txt": "Oslo port\nsleeps O\n. O\n"},
        {"notes_txt": "Oslo|B-port sleeps|O\nKiel|B-port sleeps|O\n"},
        {"domain_toml": '[files]\ntrain = "notes.txt"\n' + TYPES},
    ],
)
def test_a_folder_with_tags_or_with_files_of_splits_is_no_raw_text(tmp_path, more):
    assert raw_text_files(raw_folder(tmp_path / "harbour", **more)) == []


def test_a_text_that_cannot_be_opened_is_left_to_the_reader_that_tells_it(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    folder = raw_folder(tmp_path / "harbour")
    monkeypatch.setattr(Path, "open", refuse)
    assert raw_text_files(folder) == []


def test_a_text_in_utf_16_is_left_to_the_reader_that_asks_for_its_encoding(tmp_path):
    folder = raw_folder(tmp_path / "harbour")
    (folder / "notes.txt").write_text("Oslo B-port\nsleeps O\n", "utf-16")
    assert raw_text_files(folder) == []
    assert "state the encoding" in CliRunner().invoke(data, ["check", str(folder)]).output
