"""The CoNLL reader: round trips, peculiar but sound files, and every kind of broken row by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from benchmark.domains.formats import parse, read_file
from benchmark.domains.formats.columns import _layout, _read_regular, _Reader
from benchmark.domains.reading import RELEASE, ReadOptions
from benchmark.domains.tagged_file import WARNING, Findings
from benchmark.errors import InputError

PATH = Path("x.txt")

visible = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=5).filter(
    lambda token: token not in ("-DOCSTART-", "#")
)
tagged = st.lists(
    st.lists(st.tuples(visible, st.sampled_from(["O", "B-x", "I-x"])), min_size=1, max_size=5),
    min_size=1,
    max_size=5,
)


def text_of(sentences, separator="\t", middle=()):
    rows = ["".join(separator.join((token, *middle, tag)) + "\n" for token, tag in s) for s in sentences]
    return "\n".join(rows) + "\n"


def parse_columns(data, path):
    return parse(data, path, ReadOptions(format="columns"))


def rows_of(file):
    return [list(zip(s.tokens, s.tags, strict=True)) for s in file.sentences]


def problems_of(data):
    return [(p.kind, p.line) for p in parse_columns(data, PATH).problems]


@given(tagged, st.sampled_from(["\t", " ", "  "]), st.sampled_from([(), ("NN",), ("NN", "B-NP")]))
def test_what_is_written_is_read(sentences, separator, middle):
    # tokens that hold digits, all of them, may be read as the sentences' numbers
    assume(not middle or any(not any(map(str.isdigit, token)) for rows in sentences for token, _ in rows))
    file = parse_columns(text_of(sentences, separator, middle).encode(), PATH)
    assert rows_of(file) == sentences
    assert file.problems == ()


@given(tagged, st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(0, 3), st.integers(0, 3))
def test_bom_line_ends_and_empty_lines_change_nothing(sentences, bom, end, before, after):
    plain = text_of(sentences).strip("\n")
    data = ("\n" * before + plain + "\n" * after).replace("\n", end).encode()
    file = parse_columns(b"\xef\xbb\xbf" * bom + data, PATH)
    assert rows_of(file) == sentences
    assert file.problems == ()
    assert ("no final line end" in file.traits) == (after == 0)
    first_lines = [s.lines[0] for s in file.sentences]
    assert first_lines[0] == before + 1
    assert all(len(s.lines) == len(s.tokens) for s in file.sentences)


@given(st.binary(max_size=200))
@example(b"\xff\xfea\x00")
@example(b"a\tB-x\n\x85\tO\n")
@example(b"\xef\xbb\xbf")
@example(b"a b\tO\nc O\n")
@example(b" \n\t\n")
def test_no_bytes_raise(data):
    file = parse_columns(data, PATH)
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    assert all(problem.line is None or 1 <= problem.line <= lines for problem in file.problems)
    assert all(len(s.tokens) == len(s.tags) == len(s.lines) > 0 for s in file.sentences)
    assert file.sentences or file.problems


@given(
    st.one_of(
        st.text(st.sampled_from("ab\t \nO-BIx\r#"), max_size=60),
        st.lists(st.sampled_from(["# id x", "# id O", "# text = O", "a NN O", "b _ B-x", ""])).map("\n".join),
    )
)
@example("a\tO\n\n\nb\tO\n")
@example("\n\na O\nb O\n\n\n\nc O")
@example("-DOCSTART-\tO\n\na\tO\n")
def test_the_quick_way_reads_what_the_thorough_one_does(text):
    columns = _layout(text, RELEASE)
    quick = _read_regular(text, columns, 1, 0, RELEASE)
    if quick is None:
        return
    findings = Findings(PATH)
    thorough = _Reader(text.split("\n"), columns, 1, RELEASE, findings)
    thorough.read()
    assert not findings.problems
    assert [(s.tokens, s.tags, list(s.lines)) for s in quick] == [
        (s.tokens, s.tags, list(s.lines)) for s in thorough.sentences
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("-DOCSTART- -X- O O\n\na NN I-NP O\nb NN I-NP I-x\n", [["a", "b"]]),
        ("-DOCSTART-\tO\na\tO\n-DOCSTART-\tO\nb\tO\n", [["a"], ["b"]]),
        ("# newdoc id = 1\n# text = a\na\tO\n\n# id 7\nb\tO\n", [["a"], ["b"]]),
        ("#\tO\na\tO\n", [["#", "a"]]),
        ("# O\ntext O\n", [["#", "text"]]),
        # comments with as many columns as the rows, and rows that begin as a comment does
        (
            "# id f423\tdomain=train\na _ _ O\nb _ _ B-x\n\n# id f424\tdomain=train\nc _ _ O\n",
            [["a", "b"], ["c"]],
        ),
        ("# newdoc\na O\nb O\n\n# newpar\nc O\n", [["a", "b"], ["c"]]),
        ("# sent_id = 3\na NN I-NP O\n\n# sent_id = S-4\nb NN I-NP O\n", [["a"], ["b"]]),
        ("# text = the U-Bahn\n# id 7 x y z\na NN _ I-NP O\n", [["a"]]),
        ("# newdoc\n-DOCSTART- O\n# newdoc\na O\n", [["a"]]),
        ("# id O\na NN O\n\n# text B-x\nb NN I-x\n", [["#", "a"], ["#", "b"]]),
        ("# id\tO\na\tO\n", [["# id", "a"]]),
        ("a NN O\n# id 7\nb NN O\n", [["a", "#", "b"]]),
        ("# id f423 domain=train\na O\n\n# id f424 domain=train\nb O\n", [["a"], ["b"]]),
        ("a\tO\n \t\nb\tO\n", [["a"], ["b"]]),
        ("a O \nb\tB-x\nc  O\n", [["a", "b", "c"]]),
        ("a\tO\nb \t B-x\n", [["a", "b"]]),
        ("New York\tB-x\nb\tO\n", [["New York", "b"]]),
    ],
)
def test_peculiar_but_sound(text, sentences):
    file = parse_columns(text.encode(), PATH)
    assert [list(s.tokens) for s in file.sentences] == sentences
    assert file.problems == ()


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"a\tO\nb\nc\tO\n", [("ragged row", 2)]),
        (b"a\nb\tO\nc\tO\n", [("ragged row", 1)]),
        (b"a\tO\nb\tNN\tO\nc\tO\n", [("ragged row", 2)]),
        (b"a O\nb c O\nd O\n", [("ragged row", 2)]),
        (b"a\tO\nb O\nc\tO\n", [("ragged row", 2)]),
        (b"a\n", [("ragged row", 1)]),
        (b"a\tO\n\tO\nb\tO\n", [("empty token", 2)]),
        (b"a O\n O\nb O\n", [("empty token", 2)]),
        (b"a\tO\n \tB-x\n", [("empty token", 2)]),
        (b"a\tO\n\xc2\xa0\tO\n", [("empty token", 2)]),
        (b"a\tO\r\nb\xff\tO\r\n\xc3\tO\r\n", [("invalid UTF-8", 2), ("invalid UTF-8", 3)]),
        (b"", [("empty file", None)]),
        (b"\n\n", [("empty file", None)]),
        (b"-DOCSTART-\tO\n", [("empty file", None)]),
        (b"a\nb\tO\n\tO\nc\xff\tO\nd\tO\n", [("ragged row", 1), ("empty token", 3), ("invalid UTF-8", 4)]),
    ],
)
def test_broken_rows_by_line(data, problems):
    assert problems_of(data) == problems


def test_the_byte_that_is_no_utf8_is_named():
    (problem,) = parse_columns(b"a\tO\nbc\xff\tO\n", PATH).problems
    assert "byte 3" in problem.found and "0xff" in problem.found
    (problem,) = parse_columns("a\tO\n".encode("utf-16"), PATH).problems
    assert "UTF-16" in problem.found


def test_invisible_characters_are_a_warning_only():
    file = parse_columns("a\tO\n\u200b\tO\n".encode(), PATH)
    (problem,) = file.problems
    assert (problem.line, problem.severity) == (2, WARNING)
    assert file.must_be_sound() is file


def test_a_sound_file_is_demanded_with_the_number_of_other_problems(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\tO\nb\nc\td\te\nd\tO\n")
    with pytest.raises(InputError) as caught:
        read_file(path).must_be_sound()
    assert caught.value.line == 2 and caught.value.path == str(path)
    assert "1 more problem" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no readable file"):
        read_file(tmp_path / "none.txt")
    with pytest.raises(InputError, match="no readable file"):
        read_file(tmp_path)
