"""A folder of raw text as a target without labels: ``*.txt`` files, and the types in domain.toml."""

from __future__ import annotations

from pathlib import Path

from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.domains.domain_file import DOMAIN_FILE, load_domain_file
from benchmark.domains.folder import domain_name
from benchmark.domains.language import UNKNOWN
from benchmark.domains.load import OWN, load_domain
from benchmark.domains.split_files import raw_text_files
from benchmark.errors import InputError
from larbench.models.documents import TEXT, read_questions


def load_target(reference: str, data_dir: Path | None = None, *, form: str = TEXT) -> Domain:
    """Return the domain that a command line names, which may be a folder of raw text.

    All sentences of such a folder (``raw_text_files``) are unlabelled, and are the domain's train split.
    ``form`` says what its files are, as that of ``read_questions``: raw text, a sentence a line, or one of
    words at white space.

    Raises
    ------
    InputError
        Where such a folder's domain.toml names no type, and as ``load_domain`` does.
    """
    folder = Path(reference).expanduser()
    texts = raw_text_files(folder)
    if not texts:
        return load_domain(reference, data_dir=data_dir)
    stated = load_domain_file(folder / DOMAIN_FILE)
    if stated.types is None:
        expected = 'tables such as [types.port] with name = "port" and a description'
        raise InputError("no types", path=folder / DOMAIN_FILE, expected=expected)
    name = domain_name(stated.name or folder.resolve().name)
    sentences = [
        LabelledSentence(f"{name}/{path.stem}/{one.sentence.id}", one.sentence.tokens, ())
        for path in texts
        for one in read_questions(_lines(path), form, str(path))
    ]
    if not sentences:
        raise InputError("no sentence in its *.txt files", path=folder, expected="raw text in UTF-8")
    kinds = stated.entity_types or ()
    return Domain(OWN, name, stated.language or UNKNOWN, kinds, tuple(sentences), (), ())


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        return list(enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1))
    except UnicodeDecodeError as error:
        raise InputError("bytes that are not UTF-8", path=path, expected="text in UTF-8") from error
