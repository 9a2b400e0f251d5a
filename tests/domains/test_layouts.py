"""Files as people have them: small inputs after public reports, and what is to be read from them."""

from __future__ import annotations

import json
import time
from itertools import chain

import pytest

import larbench
from benchmark.domains.check import check_domain
from benchmark.domains.formats import read_file
from benchmark.domains.formats.source import HEAD
from benchmark.domains.reading import ReadOptions
from benchmark.errors import InputError
from larbench import describe_domain, load_domain


def read(tmp_path, text, name="x.txt", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, ReadOptions(**options))


def rows(file):
    return [list(zip(s.tokens, s.tags, strict=True)) for s in file.sentences]


def mentions(tmp_path, text, name="x.txt", **options):
    """What a check finds in a file: sentences as lists of (words, type), the report beside them."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = check_domain(path, options=ReadOptions(**options))
    return dict(report.mentions), report


ADA = [[("Ada", "B-PER"), ("Moor", "I-PER")]]


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        # an index column, as in NorNE; also with the ranges and empty nodes of CoNLL-U
        ("1\tAda\tPROPN\tB-PER\n2\tMoor\tPROPN\tI-PER\n", ADA, "token in column 2, tag in column 4 of 4"),
        (
            "# text = Zum Elm\n1-2\tZum\t_\t_\n1\tzu\tADP\tO\n2\tdem\tDET\tO\n3\tElm\tPROPN\tB-LOC\n"
            "3.1\t_\t_\tO\n",
            [[("zu", "O"), ("dem", "O"), ("Elm", "B-LOC")]],
            "column 1 counts tokens",
        ),
        ("0\tAda\tB-PER\n1\tMoor\tI-PER\n\n0\tEve\tB-PER\n", [*ADA, [("Eve", "B-PER")]], "column 1 counts"),
        # GermEval: index, token, outer and inner tag, a comment line before each sentence
        (
            "#\thttp://a.b\t[2010-01-01]\n1\tKickers\tB-ORG\tO\n2\tElmstadt\tI-ORG\tB-LOC\n\n"
            "#\thttp://a.c\t[2010-01-02]\n1\tEve\tB-PER\tO\n",
            [[("Kickers", "B-ORG"), ("Elmstadt", "I-ORG")], [("Eve", "B-PER")]],
            "column 4 holds tags too",
        ),
        # token, tag, nested tag
        (
            "Acme\tB-ORG\tO\nof\tI-ORG\tO\nYork\tI-ORG\tB-LOC\n",
            [[("Acme", "B-ORG"), ("of", "I-ORG"), ("York", "I-ORG")]],
            "column 3 holds tags too",
        ),
        # three levels of nesting
        (
            "a B-x O O\nb I-x B-y O\nc I-x I-y B-z\n",
            [[("a", "B-x"), ("b", "I-x"), ("c", "I-x")]],
            "columns 3, 4 hold tags too",
        ),
        # the tag first, as in the MIT corpora
        (
            "B-place\tElm\nI-place\tStreet\nO\tcheap\n",
            [[("Elm", "B-place"), ("Street", "I-place"), ("cheap", "O")]],
            "column 1 holds the tags",
        ),
        # a leading sentence id: on every row, or on the first one only; with empty lines or without
        (
            "Sentence: 1\tAda\tNNP\tB-per\n\tMoor\tNNP\tI-per\n"
            "Sentence: 2\tEve\tNNP\tB-per\n\tleft\tVBD\tO\n",
            [[("Ada", "B-per"), ("Moor", "I-per")], [("Eve", "B-per"), ("left", "O")]],
            "column 1 numbers sentences",
        ),
        (
            "7 Ada NNP B-per\n7 Moor NNP I-per\n\n8 Eve NNP B-per\n8 left VBD O\n",
            [[("Ada", "B-per"), ("Moor", "I-per")], [("Eve", "B-per"), ("left", "O")]],
            "column 1 numbers sentences",
        ),
        # ids of documents and of the sentences in each
        (
            "d1 1 Ada B-per\nd1 1 Moor I-per\nd1 2 Eve B-per\nd1 2 left O\nd2 1 Bob B-per\nd2 1 left O\n",
            [
                [("Ada", "B-per"), ("Moor", "I-per")],
                [("Eve", "B-per"), ("left", "O")],
                [("Bob", "B-per"), ("left", "O")],
            ],
            "columns 1, 2 number sentences",
        ),
        # chunks beside names, as in CoNLL-2003; a last column of notes, as in Universal NER
        ("Ada NNP B-NP B-PER\nMoor NNP I-NP I-PER\n", ADA, "tag in column 4 of 4"),
        ("1\tAda\tB-PER\tB-PER#O\ts\n2\tMoor\tI-PER\tI-PER#O\ts\n", ADA, "tag in column 3 of 5"),
        # token, begin, end, tag
        ("Ada\t0\t3\tB-PER\nMoor\t4\t8\tI-PER\n", ADA, "token in column 1, tag in column 4 of 4"),
        # a row of names, and CoNLL-U Plus
        ("id form ner\n1 Ada B-PER\n2 Moor I-PER\n", ADA, "token in column 2, tag in column 3"),
        (
            "# global.columns = ID NER FORM\n1 B-PER Ada\n2 I-PER Moor\n",
            ADA,
            "token in column 3, tag in column 2",
        ),
        # every row ends in a tab
        ("Ada\tB-PER\t\nMoor\tI-PER\t\n", ADA, "every row ends in a tab"),
    ],
)
def test_columns_are_found(tmp_path, text, expected, said):
    file = read(tmp_path, text)
    assert rows(file) == expected
    assert file.problems == ()
    assert said in file.taken


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ({"tag_column": 3}, ["O", "O", "B-LOC"]),
        ({"tag_column": -1}, ["O", "O", "B-LOC"]),
        ({"tag_column": "2"}, ["B-ORG", "I-ORG", "I-ORG"]),
    ],
)
def test_columns_are_stated(tmp_path, options, tags):
    file = read(tmp_path, "Acme\tB-ORG\tO\nof\tI-ORG\tO\nYork\tI-ORG\tB-LOC\n", **options)
    assert [tag for _, tag in rows(file)[0]] == tags


def test_a_column_is_stated_by_its_name(tmp_path):
    text = "# global.columns = FORM OUTER INNER\nAcme\tB-ORG\tO\nYork\tI-ORG\tB-LOC\n"
    assert [tag for _, tag in rows(read(tmp_path, text, tag_column="inner"))[0]] == ["O", "B-LOC"]
    (problem,) = read(tmp_path, text, tag_column="none").problems
    assert problem.kind == "no such column" and "FORM, OUTER, INNER" in problem.found
    (problem,) = read(tmp_path, "a O\n", tag_column=9).problems
    assert problem.found == "column 9 of 2"


ADA_LEFT = [[("Ada", "B-PER"), ("left", "O")]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # byte order marks inside, which joined files leave
        (
            "Ada B-PER\n\n\ufeffIda B-PER\n\n\ufeff-DOCSTART- O\n\nEve B-PER\n",
            [[("Ada", "B-PER")], [("Ida", "B-PER")], [("Eve", "B-PER")]],
        ),
        ("\ufeffAda B-PER\nleft O\n\ufeff\nEve B-PER\n", [*ADA_LEFT, [("Eve", "B-PER")]]),
        # comments and marks of documents
        ("# a remark of the annotator\nAda\tB-PER\nleft\tO\n", ADA_LEFT),
        ("#begin document (a); part 000\nAda B-PER\nleft O\n\n#end document\n", ADA_LEFT),
        ("# global.columns = FORM NER\n# newdoc id = x\nAda\tB-PER\nleft\tO\n", ADA_LEFT),
        # lines that look empty
        ("Ada\tB-PER\nleft\tO\n \t \n\t\nEve\tB-PER\n", [*ADA_LEFT, [("Eve", "B-PER")]]),
        # hashes that are tokens
        ("#ff\tO\n#\tO\nAda\tB-PER\n", [[("#ff", "O"), ("#", "O"), ("Ada", "B-PER")]]),
    ],
)
def test_marks_comments_and_blank_lines(tmp_path, text, expected):
    file = read(tmp_path, text)
    assert rows(file) == expected
    assert all(problem.severity == "warning" for problem in file.problems)


def test_marks_inside_are_told(tmp_path):
    _, report = mentions(tmp_path, "Ada B-PER\n\n\ufeffIda B-PER\n\n\ufeff-DOCSTART- O\n\nEve B-PER\n")
    assert "x.txt:3: byte order mark inside (warning): found 2 byte order marks within the file" in str(
        report
    )
    assert report.ok and report.files[0].sentences == 3


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('{"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]}\n', "json-lines", ADA_LEFT),
        ('{"id": 7, "words": ["Ada", "left"], "ner_tags": ["B-PER", "O"]}\n', "json-lines", ADA_LEFT),
        (
            '{"names": ["O", "B-PER", "I-PER"]}\n{"tokens": ["Ada", "left"], "ner_tags": [1, 0]}\n',
            "json-lines",
            ADA_LEFT,
        ),
        ('{"tokens": ["Ada", "left"], "mentions": [[0, 1, "PER"]]}\n', "json-lines", ADA_LEFT),
        (
            '{"tokens": ["Ada", "left"], "entities": [{"start": 0, "end": 1, "type": "PER"}]}\n',
            "json-lines",
            ADA_LEFT,
        ),
        ('{"sentence": ["Ada", "left"], "ner": [[0, 0, "PER"]], "relations": []}\n', "json-lines", ADA_LEFT),
        ('{"tokenized_text": ["Ada", "left"], "ner": [[0, 0, "PER"]]}\n', "json-lines", ADA_LEFT),
        (
            '{"text": "Ada left", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0}, {"text": "left",'
            ' "start": 4, "end": 8, "id": 1}], "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n',
            "json-lines",
            ADA_LEFT,
        ),
        (
            '{"sentences": [["Eve"], ["Ada", "left"]], "ner": [[], [[1, 1, "PER"]]]}\n',
            "json-lines",
            [[("Eve", "O")], *ADA_LEFT],
        ),
        ('[{"tokens": ["Ada", "left"],\n "tags": ["B-PER", "O"]}]\n', "json-lines", ADA_LEFT),
        ('{"tokens": ["Ada", "left"], "ner": []}\n', "json-lines", [[("Ada", "O"), ("left", "O")]]),
        ("Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-PER\n,left,VBD,O\n", "csv", ADA_LEFT),
        ("sentence_id;token;label\n1;Ada;B-PER\n1;left;O\n2;Eve;O\n", "csv", [*ADA_LEFT, [("Eve", "O")]]),
        ("word\tner\nAda\tB-PER\nleft\tO\n\nEve\tO\n", "csv", [*ADA_LEFT, [("Eve", "O")]]),
        ('token,tag\n",",O\n"a""b",O\nAda,B-PER\n', "csv", [[(",", "O"), ('a"b', "O"), ("Ada", "B-PER")]]),
        ("Ada,B-PER\nleft,O\n\nEve,O\n", "csv", [*ADA_LEFT, [("Eve", "O")]]),
        ("Sentence #,Sentence,Tag\n1,Ada left,B-PER O\n", "csv", ADA_LEFT),
        ("tokens,tags\n\"['Ada', 'left']\",\"['B-PER', 'O']\"\n", "csv", ADA_LEFT),
        ("Ada|B-PER left|O\nEve|O\n", "piped", [*ADA_LEFT, [("Eve", "O")]]),
        ("Ada|NNP|B-PER left|VBD|O\n", "piped", ADA_LEFT),
        ("Ada|B-PER\nleft|O\n\nEve|O\n", "piped", [*ADA_LEFT, [("Eve", "O")]]),
        (
            "#begin document (a); part 000\n"
            "a 0 0 Ada NNP (TOP* - - - s1 (PER) * -\na 0 1 left VBD *) - - - s1 * (V*) -\n\n#end document\n",
            "conll-2012",
            ADA_LEFT,
        ),
        ("Ada (PER)\nleft *\n", "conll-2012", ADA_LEFT),
        ("New (LOC*\nYork *)\n", "conll-2012", [[("New", "B-LOC"), ("York", "I-LOC")]]),
    ],
)
def test_formats_are_recognised(tmp_path, text, name, expected):
    file = read(tmp_path, text)
    assert file.problems == ()
    assert rows(file) == expected
    assert rows(read(tmp_path, text, format=name)) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"tokens": ["Ada", "Moor", "left"], "mentions": [[0, 1, "PER"], [0, 2, "PER"], [1, 2, "LOC"]]}\n',
        '{"sentence": ["Ada", "Moor", "left"], "ner": [[0, 0, "PER"], [0, 1, "PER"], [1, 1, "LOC"]]}\n',
        "Ada (PER(PER*)\nMoor (LOC))\nleft *\n",
    ],
)
def test_nested_mentions_are_made_flat_and_counted(tmp_path, text):
    found, report = mentions(tmp_path, text)
    assert sum(found.values()) == 1 and found["PER"] == 1
    assert "2 nested or overlapping mentions left out" in str(report)


def test_numbers_need_names(tmp_path):
    text = '{"tokens": ["Ada", "left"], "ner_tags": [1, 0]}\n'
    (problem,) = read(tmp_path, text).problems
    assert "numbers" in problem.found and "--names" in problem.found
    assert rows(read(tmp_path, text, names=("O", "B-PER"))) == ADA_LEFT
    (problem,) = read(tmp_path, text, names=("O",)).problems
    assert problem.found == "the tag number 1, of 1 names"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"tokens": ["a"], "tags": []}', "0 tags for 1 tokens"),
        ('{"text": "Ada left"}', "a text with neither tokens nor spans"),
        ('{"text": "Ada left", "labels": ["B-PER", "O"]}', "a span of another form"),
        ('{"text": "Ada left", "entities": [[0, 9, "PER"]]}', "the span 0 to 9"),
        ('{"text": "Ada left", "ents": [{"start": 1, "end": 4, "text": "Ada", "label": "P"}]}', "'da '"),
        ('{"data": {"a": "x", "b": "y"}, "annotations": [{"result": []}]}', "2 texts"),
        ('{"tokens": ["a"], "mentions": [[0, 2, "x"]]}', "in a sentence of 1 tokens"),
        ('{"tokens": ["a"], "mentions": [[0, 1, ""]]}', "without a type"),
        ('{"tokens": ["a"]}', "neither tags nor mentions"),
        ('{"a": 1}', "no list of tokens"),
        ('{"tokens": [', "no JSON"),
    ],
)
def test_broken_objects_by_line(tmp_path, line, found):
    file = read(tmp_path, f'{{"tokens": ["a"], "tags": ["O"]}}\n{line}\n')
    (problem,) = file.problems
    assert problem.line == 2 and found in problem.found
    assert rows(file) == [[("a", "O")]]


@pytest.mark.parametrize(
    ("text", "options", "found", "said"),
    [
        ("Ada\tB-PER\nMoor\tI-PER\n", {}, {"PER": 1}, "tags in IOB2"),
        ("Ada\tPER\nMoor\tPER\nleft\tO\nElm\tLOC\n", {}, {"LOC": 1, "PER": 1}, "tags without a prefix"),
        (
            "Ada\tperson-artist\nleft\tO\nwith\tO\n",
            {},
            {"person-artist": 1},
            "neighbouring tokens of one type are one mention",
        ),
        ("Ada\tB\nMoor\tI\nleft\tO\n", {}, {"entity": 1}, "read as the type 'entity'"),
        ("Ada\tB\nMoor\tI\nleft\tO\n", {"type": "gene"}, {"gene": 1}, "read as the type 'gene'"),
        ("Ada\tB-PER\nvan\tM-PER\nMoor\tE-PER\nEve\tS-PER\n", {}, {"PER": 2}, "tags in BMES"),
        ("Ada\tB-PER\nvan\tM-PER\nMoor\tE-PER\nEve\tW-PER\n", {}, {"PER": 2}, "W- read as S-"),
        ("Ada\tI-PER\nMoor\tE-PER\nEve\tE-PER\n", {}, {"PER": 2}, "tags in IOE2"),
        ("Ada\tI-PER\nMoor\tE-PER\nEve\tI-PER\nleft\tO\n", {}, {"PER": 2}, "tags in IOE1"),
        ("Ada\tB_PER\nMoor\tI_PER\nleft\tO\n", {"tag_style": "B_PER"}, {"PER": 1}, "IOB2"),
        ("Ada\tPER_B\nMoor\tPER_I\nleft\tO\n", {"tag_style": "PER_B"}, {"PER": 1}, "IOB2"),
        ("Ada\tPER-B\nMoor\tPER-I\nleft\tO\n", {"tag_style": "PER-B"}, {"PER": 1}, "IOB2"),
        ("Ada\tB-PER\nleft\t-\n", {"outside": "-"}, {"PER": 1}, "IOB2"),
        ("Ada\tB-PER\nElm\tB-LOC\n", {"map": {"PER": "person"}}, {"LOC": 1, "person": 1}, "2 types"),
    ],
)
def test_schemes_and_spellings(tmp_path, text, options, found, said):
    counts, report = mentions(tmp_path, text, **options)
    assert report.ok, str(report)
    assert counts == found
    assert said in str(report)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"PK\x03\x04\x00\xff", "a ZIP archive"),
        (b"\x1f\x8b\x08\x00\xff", "a gzip file"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"\x80\x04\x95\x00", "a pickle"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "a pointer of Git LFS"),
        ("<!DOCTYPE html>\n<html><body>no such file</body></html>\n", "HTML or XML"),
        ('<?xml version="1.0"?>\n<doc/>\n', "HTML or XML"),
        ("T1\tPER 0 3\tAda\nT2\tLOC 9 13\tYork\n", "standoff annotation of brat"),
        ('TRAIN = [("Ada left", {"entities": [(0, 3, "PER")]})]\n', "Python source"),
        ("{'tokens': ['Ada'], 'tags': ['B-PER']}\n", "Python source"),
        ("<PER>Ada</PER> left <LOC>York</LOC>\n", "names marked up in running text"),
        ("[Ada Moor](PER) left [York](LOC) .\n", "names marked up in running text"),
        ("Ada/B-PER left/O\nEve/B-PER\n", "words and tags apart by slashes"),
    ],
)
def test_files_of_another_kind_are_named(tmp_path, text, what):
    found = read(tmp_path, text)
    (problem,) = found.problems
    assert (problem.kind, found.sentences) == ("other file", ())
    assert problem.found.startswith(what) and problem.todo


@pytest.mark.parametrize("line", ["[" * 50_000, "<a>" * 20_000, "a/O" * 20_000, "(a = [" * 10_000])
def test_a_long_line_is_judged_in_time_that_grows_with_its_length(tmp_path, line):
    start = time.process_time()
    read(tmp_path, f"{line}\n")
    assert time.process_time() - start < 2


@pytest.mark.parametrize("token", ["<html>", "[Ada](x)", "[(", "{'", "T1", "PK", "<b>x</b>"])
def test_tokens_that_begin_as_other_files_do_are_tokens(tmp_path, token):
    assert rows(read(tmp_path, f"{token} O\nAda B-PER\n")) == [[(token, "O"), ("Ada", "B-PER")]]


@pytest.mark.parametrize(
    ("style", "tags"),
    [("B_PER", "B_PER I_PER"), ("PER_B", "PER_B PER_I"), ("PER-B", "PER-B PER-I"), ("B_PER", "B_a_b I_a_b")],
)
def test_other_spellings_of_tags_are_named_and_not_taken_for_types(tmp_path, style, tags):
    first, second = tags.split()
    text = f"Ada {first}\nMoor {second}\nleft O\n"
    report = mentions(tmp_path, text)[1]
    assert not report.ok and f"--tag-style {style}" in str(report)
    with pytest.raises(InputError, match=f"state --tag-style {style}"):
        larbench.score(tmp_path / "x.txt", tmp_path / "x.txt")
    assert mentions(tmp_path, text, tag_style=style)[1].ok


def test_another_tag_outside_is_named(tmp_path):
    text = "Ada B-PER\nleft -\n"
    assert "--outside=-" in str(mentions(tmp_path, text)[1])
    with pytest.raises(InputError, match="state --outside=-"):
        larbench.score(tmp_path / "x.txt", tmp_path / "x.txt")


def test_running_text_is_no_tags_without_prefix(tmp_path):
    report = mentions(tmp_path, "He (Ada) said \"no\", O\nand left; O\nfor 'good', O\n")[1]
    assert not report.ok


def test_an_object_over_several_lines_is_read(tmp_path):
    one = {"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]}
    assert rows(read(tmp_path, json.dumps(one, indent=2))) == ADA_LEFT
    (problem,) = read(tmp_path, json.dumps({"train": [one], "test": [one]})).problems
    assert "lists of objects ('train', 'test'): save each list as a file" in problem.found


def test_odd_line_ends(tmp_path):
    assert rows(read(tmp_path, "Ada B-PER\n\x0c\nleft O\n\u3000\nYork B-LOC\n")) == [
        [("Ada", "B-PER")],
        [("left", "O")],
        [("York", "B-LOC")],
    ]
    (problem,) = read(tmp_path, "Ada B-PER\nx\u2028y O\n").problems
    assert (problem.severity, problem.line) == ("warning", 2) and "\\u2028 inside a line" in problem.found
    (problem, _) = read(tmp_path, "Ada\xa0B-PER\nleft\xa0O\n").problems
    assert "\\xa0, which is no separator" in problem.found


def test_blank_tokens_are_refused_or_dropped_and_counted(tmp_path):
    text = "Ada\tB-PER\n\tO\n\xa0\tO\nleft\tO\n"
    assert [problem.kind for problem in read(tmp_path, text).problems] == ["empty token", "empty token"]
    file = read(tmp_path, text, blank_tokens="drop")
    assert rows(file) == ADA_LEFT and file.problems == ()
    assert "2 blank tokens left out" in file.traits


def test_latin_1_is_read_with_a_warning_and_stated_by_an_option(tmp_path):
    text = "José\tB-PER\nleft\tO\n"
    file = read(tmp_path, text.encode("latin-1"))
    assert rows(file)[0][0] == ("José", "B-PER")
    (problem,) = file.problems
    assert problem.severity == "warning" and "read as Latin-1" in problem.found and problem.line == 1
    assert read(tmp_path, text.encode("latin-1"), encoding="latin-1").problems == ()
    assert rows(read(tmp_path, text.encode("utf-16"), encoding="utf-16"))[0][0] == ("José", "B-PER")
    dash = read(tmp_path, "a–b\tO\n".encode("cp1252"))
    assert rows(dash) == [[("a–b", "O")]] and "Windows-1252" in dash.problems[0].found
    (problem,) = read(tmp_path, text, encoding="klingon").problems
    assert problem.kind == "other encoding"
    mixed = read(tmp_path, "José\tO\n".encode() + "José\tO\n".encode("latin-1"))
    assert [(p.line, p.severity) for p in mixed.problems] == [(2, "error")]  # not Latin-1: it has UTF-8 too


def test_a_sentence_without_end_is_remarked(tmp_path):
    _, report = mentions(tmp_path, "Ada B-PER\n" + "left O\n" * 2000)
    assert "1 sentence with 2,001 tokens: are sentence breaks missing?" in str(report)
    text = "Ada B-PER\nleft O\n\n" * 9 + "left O\n" * 1500
    _, report = mentions(tmp_path, text)
    assert "a sentence of 1,500 tokens" in str(report) and report.ok


@pytest.mark.parametrize(
    ("rare", "near"),
    [
        ("Person", True),
        ("pérson", True),
        ("реrson", True),
        ("per\u200bson", True),
        ("persn", True),
        ("org", False),
    ],
)
def test_types_that_nearly_equal_another_are_remarked(tmp_path, rare, near):
    text = "Ada\tB-person\nleft\tO\n\n" * 40 + f"Eve\tB-{rare}\n"
    found, report = mentions(tmp_path, text)
    assert found == {"person": 40, rare: 1} and report.ok
    assert ("near-duplicate type" in str(report)) == near
    assert "\u200b" not in str(report)


def test_types_are_named_with_their_counts_and_errors_are_capped(tmp_path):
    text = "".join(f"a\tB-x\nb\tX-y{number}\n\n" for number in range(50))
    _, report = mentions(tmp_path, text)
    said = str(report)
    assert "mentions: x 50" in said
    assert said.count(": unknown prefix: ") == 20 and "… and 30 more of unknown prefix" in said
    assert "50 errors" in said and "and 30 more" in said.rpartition("50 errors")[2]
    told = report.as_dict()
    assert [one["kind"] for one in told["problems"]].count("unknown prefix") == 20
    assert sum(told["counts"]["unknown prefix"].values()) == 50
    assert "1 sentence," in str(mentions(tmp_path, "a O\n")[1])


def test_what_does_not_show_is_escaped(tmp_path):
    _, report = mentions(tmp_path, "a\x1b[2Jb\tB-x\x07\n", name="g[red].txt")
    assert "\x1b" not in str(report) and "\x07" not in str(report) and "g[red].txt" in str(report)
    assert r"invisible character (warning): found \x1b in tokens (1 time)" in str(report)


PLAIN = "Ada\tB-PER\nMoor\tI-PER\n\nleft\tO\n\nElm\tB-LOC\n\n"


@pytest.mark.parametrize(
    "names",
    [
        ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
        ("train.tsv", "devel.tsv", "test.tsv"),
        ("eng.train", "eng.testa", "eng.testb"),
        ("train.txt", "valid.txt", "test.txt"),
        ("da_ddt-ud-train.iob2", "da_ddt-ud-dev.iob2", "da_ddt-ud-test.iob2"),
        ("restauranttrain.bio", "dev", "restauranttest.bio"),
    ],
)
def test_names_of_splits(tmp_path, names):
    for name, text in zip(names, (PLAIN * 3, PLAIN * 2, PLAIN), strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "README.md").write_text("test")
    (tmp_path / "LICENSE").write_text("train")
    domain = load_domain("own", str(tmp_path))
    assert [len(domain.split(split)) for split in ("train", "dev", "test")] == [9, 6, 3]


def test_names_that_say_nothing_are_listed_and_can_be_stated(tmp_path):
    for name in ("FIN5.txt", "FIN3.txt"):
        (tmp_path / name).write_text(PLAIN * 4)
    problem = check_domain(tmp_path).problems[0]
    assert "there are FIN3.txt, FIN5.txt; looked for names with train" in problem.found
    assert "[files] train = " in problem.todo
    (tmp_path / "domain.toml").write_text('[files]\ntrain = "FIN5.txt"\ntest = "FIN3.txt"\n')
    report = check_domain(tmp_path)
    assert report.ok and [file.path.name for file in report.files] == ["FIN5.txt", "FIN5.txt", "FIN3.txt"]
    assert "dev drawn from FIN5.txt (dev 10 %; sentence by sentence; seed 0)" in str(report)
    (tmp_path / "domain.toml").write_text('[files]\ntrain = "../x"\n')
    assert check_domain(tmp_path).problems[0].kind == "bad domain.toml"
    (tmp_path / "domain.toml").write_text('[files]\ntrain = "none"\ntest = "FIN3.txt"\n')
    assert "no file none" in check_domain(tmp_path).problems[0].found


def test_several_corpora_in_one_folder_are_told_apart_by_a_prefix(tmp_path):
    for name in ("ai", "music", "art"):
        for split, times in (("train", 3), ("dev", 2), ("test", 1)):
            item = {"sentence": ["Ada", name], "ner": [[0, 0, "PER"]]}
            (tmp_path / f"{name}-{split}.json").write_text(
                json.dumps(item) + "\n" + times * '{"sentence": ["a"], "ner": []}\n'
            )
    problems = check_domain(tmp_path).problems
    assert [problem.kind for problem in problems] == ["ambiguous split"] * 3
    assert f"{tmp_path / 'ai'} means the files that begin with ai" in problems[0].todo
    domain = load_domain("own", str(tmp_path / "music"))
    assert domain.name == "music" and domain.test[0].tokens == ("Ada", "music")
    assert [len(domain.split(split)) for split in ("train", "dev", "test")] == [4, 3, 2]


def splits_of(path):
    domain = load_domain("own", str(path))
    return {split: [s.tokens[0] for s in domain.split(split)] for split in ("train", "dev", "test")}, domain


def test_one_file_is_drawn_apart_and_documents_are_kept_whole(tmp_path):
    path = tmp_path / "corpus.conll"
    documents = [[f"d{n}s{m}" for m in range(1 + n % 4)] for n in range(40)]
    path.write_text(
        "".join("-DOCSTART- O\n\n" + "".join(f"{one} B-x\n\n" for one in some) for some in documents)
    )
    splits, domain = splits_of(path)
    assert sorted(chain(*splits.values())) == sorted(chain(*documents))
    of = {one: split for split, some in splits.items() for one in some}
    assert all(len({of[one] for one in some}) == 1 for some in documents)
    total = sum(map(len, documents))
    assert all(0.08 <= len(splits[split]) / total <= 0.12 for split in ("dev", "test"))
    assert splits == splits_of(path)[0]
    assert domain.notes[0].startswith(
        "dev and test drawn from corpus.conll (dev 10 %, test 10 %; whole documents"
    )
    assert str(describe_domain(path)).count("whole documents, 40 documents; seed 0") == 1
    (tmp_path / "domain.toml").write_text("[split]\nseed = 1\ndev = 0.3\n")
    other, changed = splits_of(path)
    assert other != splits and changed.content_hash != domain.content_hash
    assert 0.29 <= len(other["dev"]) / total <= 0.31


def test_dev_is_drawn_from_train_where_it_is_lacking(tmp_path):
    (tmp_path / "train.txt").write_text("".join(f"t{n} B-x\n\n" for n in range(100)))
    (tmp_path / "test.txt").write_text("t0 B-x\n")
    splits, domain = splits_of(tmp_path)
    assert len(splits["dev"]) == 10 and len(splits["train"]) == 90 and splits["test"] == ["t0"]
    assert splits["train"] == sorted(splits["train"], key=lambda one: int(one[1:]))  # in the file's order
    assert describe_domain(tmp_path).content_hash == domain.content_hash
    (tmp_path / "train.txt").write_text("t0 B-x\n")
    assert "too few sentences" in check_domain(tmp_path).problems[0].found


def test_a_large_file_is_told_by_its_first_lines(tmp_path):
    text = "1\tAda\tB-PER\n2\tleft\tO\n\n" * (HEAD // 10)
    file = read(tmp_path, text)
    assert "column 1 counts tokens" in file.taken and file.problems == ()
    assert file.sentences[-1].tokens == ("Ada", "left")


@pytest.mark.parametrize(
    ("toml", "line", "found", "expected"),
    [
        ('name = "x"\nscheme = "BIO"\n', 2, "scheme = 'BIO'", "one of IOB2, IOB1"),
        (
            '[types.x]\nname = "x"\nnaem = "y"\n',
            3,
            "the unknown key 'types.x.naem'",
            "name, description or same_as",
        ),
        ('\nlanguage = "english"\n', 2, "language = 'english'", "a tag of BCP 47"),
        ("[split]\ndev = 2\n", 2, "split.dev = 2", "less than 0.9"),
        ("what = 1\n", 1, "the unknown key 'what'", "name, language, scheme"),
        ("token_column = [1]\n", 1, "token_column", ""),
        ("name = \n", 1, "no valid TOML", "language"),
        ("[types]\nx = 1\n", 2, "types.x = 1", "a table"),
    ],
)
def test_a_bad_domain_toml_is_told_by_line(tmp_path, toml, line, found, expected):
    (tmp_path / "x.txt").write_text(PLAIN)
    (tmp_path / "domain.toml").write_text(toml)
    problem = check_domain(tmp_path / "x.txt").problems[0]
    assert (problem.kind, problem.line) == ("bad domain.toml", line)
    assert found in problem.found and expected in problem.expected


def test_a_domain_toml_states_how_files_are_read(tmp_path):
    (tmp_path / "corpus.txt").write_text("Ada\tx\tB_PER\n" + "\tx\t-\n" + "left\tx\t-\n\n" * 5)
    (tmp_path / "domain.toml").write_text(
        'tag_style = "B_PER"\noutside = "-"\nblank_tokens = "drop"\n[map]\nPER = "person"\n'
        '[types.person]\nsame_as = "human"\n'
    )
    domain = load_domain("own", str(tmp_path))
    assert domain.type_names == ("person",) and domain.types[0].same_as == "human"
    assert sum(len(s.mentions) for split in ("train", "dev", "test") for s in domain.split(split)) == 1


def test_illegal_transitions_may_be_read_as_conlleval_reads_them(tmp_path):
    (tmp_path / "corpus.txt").write_text(
        "Ada\tI-PER\nEve\tB-PER\n\n" + "left\tO\n\n" * 20 + "Ida\tB-PER\n\n" * 5
    )
    assert not check_domain(tmp_path).ok
    (tmp_path / "domain.toml").write_text('illegal_transitions = "repair"\n')
    report = check_domain(tmp_path)
    assert report.ok and "illegal transition (warning)" in str(report) and report.mentions["PER"] == 7
