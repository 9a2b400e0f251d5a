"""Files that survive a kill: canonical JSON, hashes, atomic and durable writes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.errors import InputError

_LEFTOVER_SECONDS = 3600.0  # a write takes seconds; a temporary file this old belongs to nobody


def canonical_json(value: object) -> str:
    """One text for one JSON value: keys sorted, no spaces. NaN and infinity raise ``ValueError``."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(content: bytes | str) -> str:
    """SHA-256 (hex) of bytes, or of a text in UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def write_atomic(path: Path, content: bytes, *, temporary: Path) -> None:
    """Write ``path`` so that a reader, at any moment and after any kill, sees all of it or nothing.

    ``temporary`` is a folder on the same file system; a file left there by a kill is harmless.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary / f"{path.name[:100]}.{secrets.token_hex(8)}"
    try:
        write_durable(draft, content)
        draft.replace(path)
    except BaseException:  # Ctrl-C too: no draft stays behind
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_durable(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable (where the system can sync a folder at all)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows cannot open folders
        return
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems refuse; the rename itself stays atomic
        pass
    finally:
        os.close(descriptor)


def read_json(path: Path) -> Any:
    """Parse a JSON file; ``InputError`` names the file and line where it is not JSON."""
    return parse_json(path.read_bytes(), path)


def parse_json(content: bytes, path: Path | str) -> Any:
    """Parse JSON; ``InputError`` names ``path``, where it comes from, and the line where it is none."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"broken JSON ({error.msg})", path=path, line=error.lineno) from error
    except UnicodeDecodeError as error:
        raise InputError("bytes that are not UTF-8", path=path, expected="JSON in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"broken JSON ({error})", path=path) from error


def json_sha256(content: object, path: Path | str) -> str:
    """SHA-256 (hex) of parsed JSON; ``InputError`` names the file where it cannot be written as JSON again.

    That is so for half a surrogate pair, which JSON can spell (``\\ud800``) and no file can hold.
    """
    try:
        return sha256(canonical_json(content))
    except (UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"JSON that no text in UTF-8 stands for ({error})", path=path) from error


def sealed_json(content: Mapping[str, Any], kind: str) -> bytes:
    """Render an object as JSON that ends in the hash of what it holds, under ``<kind>_sha256``."""
    sealed = {**content, f"{kind}_sha256": sha256(canonical_json(dict(content)))}
    return (json.dumps(sealed, indent=1, ensure_ascii=False) + "\n").encode()


def read_sealed_json(path: Path, kind: str, *, schema: int, todo: str) -> dict[str, Any]:
    """Read what ``sealed_json`` rendered, without the hash.

    Raises ``InputError`` where the content does not fit its hash, or is of another ``schema``.
    """
    return parse_sealed_json(path.read_bytes(), path, kind, schema=schema, todo=todo)


def parse_sealed_json(text: bytes, path: Path | str, kind: str, *, schema: int, todo: str) -> dict[str, Any]:
    """Parse what ``sealed_json`` rendered, as ``read_sealed_json`` does; ``path`` is where it comes from."""
    content = parse_json(text, path)
    digest = content.pop(f"{kind}_sha256", None) if isinstance(content, dict) else None
    if digest is None or digest != json_sha256(content, path):
        raise InputError(
            "content that does not fit its own SHA-256",
            path=path,
            expected=f"a {kind} as a run writes it",
            todo=todo,
        )
    if content.get("schema") != schema:
        raise InputError(f"{kind} schema {content.get('schema')!r}", path=path, expected=str(schema))
    found: dict[str, Any] = content
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def leftovers(temporary: Path, *, older_than: float = _LEFTOVER_SECONDS) -> Iterator[Path]:
    """Yield what killed writers left in ``temporary`` long ago: more than ``older_than`` seconds."""
    for entry in temporary.iterdir() if temporary.is_dir() else ():
        try:
            old = time.time() - entry.stat().st_mtime > older_than
        except OSError:  # another run cleans too, or has just renamed it
            continue
        if old:
            yield entry


def remove_leftovers(temporary: Path, *, older_than: float = _LEFTOVER_SECONDS) -> None:
    """Delete what ``leftovers`` names."""
    for entry in leftovers(temporary, older_than=older_than):
        try:
            if entry.is_dir():
                remove_tree(entry)
            else:
                entry.unlink()
        except OSError:  # another run cleans too
            continue


def remove_tree(folder: Path) -> None:
    """Delete a folder and what is in it; what is gone already is no error."""
    for entry in list(folder.iterdir()) if folder.is_dir() else []:
        if entry.is_dir() and not entry.is_symlink():
            remove_tree(entry)
        else:
            entry.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
