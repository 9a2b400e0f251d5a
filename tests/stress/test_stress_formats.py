"""Broken files of every format through the readers: a result or problems, never an exception.

LARBENCH_STRESS_FORMATS says how many, for example 1000000; LARBENCH_STRESS_SEED where the draw begins.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

from mutations import PIECES, changed
from stress_numbers import stress_number

from benchmark.domains.check import report
from benchmark.domains.folder import read_single
from benchmark.domains.formats import StreamedFile, Unstreamable, parse
from benchmark.domains.reading import FORMATS, TAG_STYLES, ReadOptions
from benchmark.domains.tagged_file import ERROR
from benchmark.errors import LarbenchError
from benchmark.scoring.files import score

SLOWEST = 60.0  # seconds for one file, on a machine that may be busy

SOUND = tuple(
    text.encode()
    for text in (
        "-DOCSTART- O\n\nAda B-person\nsaw O\n\nBlue B-river\nNile I-river\n. O\n\n",
        "# sent_id = 1\n1\tBob\tNNP\tB-person\t_\n1-2\tx\t_\t_\t_\n2\tleft\tVBD\tO\t_\n\n1\tAda\tNNP\tO\t_\n",
        "#\tsource\t[date]\n1\tKickers\tB-ORG\tO\n2\tElm\tI-ORG\tB-LOC\n\n",
        "B-place\tElm\nI-place\tStreet\nO\tcheap\n",
        "Sentence: 1\tAda\tNNP\tB-per\n\tMoor\tNNP\tI-per\nSentence: 2\tEve\tNNP\tB-per\n\tleft\tVBD\tO\n",
        "# global.columns = ID FORM NER\n1\tAda\tS-PER\n2\tvan\tB-PER\n3\tMoor\tE-PER\n",
        '{"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]}\n{"tokens": ["x"], "ner_tags": [0]}\n',
        '{"sentence": ["Ada", "Moor", "left"], "ner": [[0, 0, "PER"], [0, 1, "PER"]]}\n',
        '{"sentences": [["Eve"], ["Ada", "left"]], "ner": [[], [[1, 1, "PER"]]]}\n',
        '{"tokens": [{"text": "A", "start": 0, "end": 1}], "spans": [{"start": 0, "end": 1, "label": "x"}]}',
        '[{"tokens": ["Ada", "left"], "mentions": [{"start": 0, "end": 1, "type": "PER"}]}]',
        '{"text": "Ada\\nleft York.", "ents": [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}]}\n',
        '["Ada left", {"entities": [[0, 3, "PER"], [1, 5, "PER"]]}]\n',
        '{"data": {"": "A"}, "annotations": [{"result": [{"value": {"start": 0, "end": 1, "label": "P"}}]}]}',
        '{"text": "Ada x", "tokens": ["Ada", "x"], "entities": [{"start": 0, "end": 3, "label": "P"}]}\n',
        'Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-PER\n,"left, x",VBD,O\n',
        "tokens,tags\n\"['Ada', 'left']\",\"['B-PER', 'O']\"\n",
        "Ada|NNP|B-PER left|VBD|O\nEve|O\n",
        "#begin document (a)\na 0 0 Ada NNP * - - - s (PER) *\na 0 1 left VBD * - - - s * *\n\n",
        "New (LOC(LOC*\nYork *))\n",
        "Ada\tPER\nMoor\tPER\nleft\tO\nElm\tLOC\n",
    )
)
ALPHABET = b'{}[]":,.0123456789 \n\tBIO-abc|#()*'
FURTHER = (
    *PIECES,
    *(b"x" * 5000, b"(", b"|", b"*)", b"(X*", b"#begin document", b"# global.columns = ", b'"tokens": '),
    *(b'"ner": ', b'"text": ', b'"ents": ', b'"start": ', b",", b";", b"\n1\t"),
)


def options_of(chance: random.Random) -> ReadOptions:
    """Return options, most of them none."""
    if chance.random() < 0.6:
        return ReadOptions()
    return ReadOptions(
        format=chance.choice((None, None, *FORMATS)),
        token_column=chance.choice((None, None, 1, 2, -1, 9, "word")),
        tag_column=chance.choice((None, None, 2, -1, -9, "ner")),
        encoding=chance.choice((None, None, None, "latin-1", "utf-16", "idna", "none")),
        blank_tokens=chance.choice((None, "drop")),
        tag_style=chance.choice((None, None, *TAG_STYLES)),
        outside=chance.choice((None, None, "-")),
        names=chance.choice(((), (), ("O", "B-x"))),
    )


def rows(sentences):
    return [(one.tokens, one.tags, list(one.lines)) for one in sentences]


def read(data: bytes, options: ReadOptions, path: Path, *, through: bool) -> None:
    """Read a file whole; ``through``: also as a stream, as a corpus that is checked, and scored."""
    whole = parse(data, path, options)
    assert whole.sentences or whole.problems
    assert all(len(s.tokens) == len(s.tags) == len(s.lines) > 0 for s in whole.sentences)
    if not through:
        return
    path.write_bytes(data)
    try:
        found = rows(StreamedFile(path, options))
    except Unstreamable:
        pass
    else:
        assert not any(problem.severity == ERROR for problem in whole.problems)
        assert found == rows(whole.sentences)
    told = report(read_single(path, options))
    assert "\x1b" not in str(told)
    with suppress(LarbenchError):
        score(path, path, options=options).to_json()


def test_broken_files_are_read_or_told(tmp_path):
    count, seed = stress_number("FORMATS", 400), stress_number("SEED", 0)
    slowest = 0.0
    for number in range(seed, seed + count):
        chance = random.Random(number)
        sound = chance.choice(SOUND)
        data = changed(sound, chance, pieces=FURTHER, alphabet=ALPHABET, from_nothing=0.05, repeats=5)
        options = options_of(chance)
        start = time.perf_counter()
        try:
            read(data, options, tmp_path / "file", through=number % 8 == 0)
        except Exception as error:  # whatever it is: what is looked for is any that is none of ours
            raise AssertionError(f"file {number}: {data[:300]!r} with {options}") from error
        slowest = max(slowest, time.perf_counter() - start)
    assert slowest < SLOWEST
