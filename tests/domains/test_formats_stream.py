"""Reading part by part: the sentences of the whole reading, whatever the parts; what is odd is left to it."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmark.domains.formats import StreamedFile, Unstreamable, columns, read_file, source
from benchmark.domains.tagged_file import ERROR


def rows(sentences):
    return [(s.tokens, s.tags, list(s.lines)) for s in sentences]


def streamed(path):
    try:
        return rows(StreamedFile(path))
    except Unstreamable:
        return None


@pytest.fixture
def file(tmp_path):
    return tmp_path / "x.txt"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("stream") / "x.txt"


lines = st.lists(
    st.one_of(
        st.sampled_from(["a\tO", "b\tB-x", "c O", "", "", "-DOCSTART-\tO", "# id 1", "\u200b\tO", " "]),
        st.sampled_from(["# newdoc", "# id 1\tx", "# id\tO", "# id O"]),
    )
)


@given(lines, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.integers(1, 20))
@example(["a\tO", "", "", "b\tO"], "\r\n", True, 5)
@example(["a\tO", "", "", "", "b\tO"], "\r", False, 1)
def test_parts_are_read_as_the_whole_is(shared, lines, end, bom, size):
    shared.write_bytes(b"\xef\xbb\xbf" * bom + end.join(lines).encode())
    whole = read_file(shared)
    sound = not any(problem.severity == ERROR for problem in whole.problems)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "PART", size)
        found = streamed(shared)
    assert found is None or (sound and found == rows(whole.sentences))


@given(st.binary(max_size=60), st.integers(1, 20))
def test_no_bytes_are_read_otherwise(shared, data, size):
    shared.write_bytes(data)
    whole = read_file(shared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "PART", size)
        found = streamed(shared)
    assert found is None or found == rows(whole.sentences)


@pytest.mark.parametrize(
    "data",
    [
        b"a\tO\n\nb\tB-x\nc\tI-x\n\n\nd\tO\n",
        b"\xef\xbb\xbfa\tO\r\nb\tO\r\n\r\nc\tO",
        b"-DOCSTART- -X- -X- O\n\na NN B-NP O\nb NN I-NP B-x\n\n-DOCSTART- -X- -X- O\n\nc NN B-NP O\n",
        b"# id 1\na\tO\n\n# id 2\nb\tO\n",
        b"# id 1\na _ O\nb _ B-x\n\n# id 2\nc _ O\n\n# id O\n",
        b"a  O\nb O\n \nc O\n\nd   O\n",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_sound_files_need_not_be_held(file, monkeypatch, data, size):
    monkeypatch.setattr(source, "PART", size)
    file.write_bytes(data)
    assert streamed(file) == rows(read_file(file).sentences)
    both = StreamedFile(file)
    assert rows(both) == rows(both)  # each iteration reads anew


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_which_separator_a_mixed_file_has_is_told_by_its_first_lines(file, monkeypatch, size):
    monkeypatch.setattr(source, "PART", size)
    file.write_bytes(b"a  O\n\nb\tO\nc O\n\nd O\n")
    whole = read_file(file).must_be_sound().sentences
    assert len(whole) == 3
    assert streamed(file) == rows(whole)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a\tO\nb\n", b"\xc3\xa9\tO\n\n\xff\tO\n", b"a\tO\n\n\tO\n"])
def test_what_is_wrong_is_left_to_the_whole_reading(file, data):
    file.write_bytes(data)
    assert any(problem.severity == ERROR for problem in read_file(file).problems)
    with pytest.raises(Unstreamable):
        list(StreamedFile(file))


def test_a_missing_file_and_a_pipe_cannot_be_streamed(file):
    with pytest.raises(Unstreamable):
        list(StreamedFile(file))
    os.mkfifo(file)
    writer = threading.Thread(target=lambda: file.write_bytes(b"a\tO\n"), daemon=True)
    writer.start()
    with pytest.raises(Unstreamable):  # without reading a byte of it
        list(StreamedFile(file))
    assert [s.tokens for s in read_file(file).sentences] == [("a",)]
    writer.join(10)


def test_no_more_than_a_part_is_held(file, monkeypatch):
    monkeypatch.setattr(source, "PART", 1000)
    file.write_bytes(b"some\tO\nword\tB-x\n\n" * 10_000)
    held = []
    parse = columns._read_regular

    def noted(text, *rest, **more):
        held.append(len(text))
        return parse(text, *rest, **more)

    monkeypatch.setattr(columns, "_read_regular", noted)
    assert sum(1 for _ in StreamedFile(file)) == 10_000
    assert max(held) < 1100
