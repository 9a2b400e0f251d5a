"""Digests of code, by what it does: one for each first-party module that a module can reach.

They are the code component of a cell's identity, and of the key of what cells share.

A digest is taken over the syntax tree without docstrings, comments and layout, so that editing those
invalidates nothing. Imports are followed statically, those inside functions included; nothing is imported.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from benchmark.errors import UsageError

# whose names stand for what other modules define: such a name is followed to where it is defined
_FRONT = "larbench"
# they cannot change an output: the front, the harness's package itself, and this module
_LEFT_OUT = frozenset({_FRONT, "benchmark", "benchmark.code"})


def code_digests(module: str) -> dict[str, str]:
    """Return module → digest (16 hex digits) of ``module`` and all it imports, transitively, sorted.

    Followed are the packages of this distribution and the module's own top-level package. Raises
    ``UsageError`` where ``module`` itself has no source file: without it a change could not be noticed.
    """
    roots = own_packages() | {module.partition(".")[0]}
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name.partition(".")[0] not in roots:
            continue
        path = source_file(name)
        if path is None:  # not a module but a name inside one, or a namespace package
            continue
        stat = path.stat()
        digest, imports = _parsed(path, stat.st_mtime_ns, stat.st_size, name)
        found[name] = digest
        waiting += imports if name != _FRONT else ()
        waiting += _ancestors(name)
    if module not in found:
        raise UsageError(f"the source file of the module {module!r} was not found, so its code has no digest")
    return {name: found[name] for name in sorted(found) if name not in _LEFT_OUT}


def file_digests(beside: str, *names: str) -> dict[str, str]:
    """Return what a method that reads files, or loads modules as it runs, returns by ``components``.

    Imports are followed by themselves; what a method opens, or loads by ``importlib``, is not.

    Parameters
    ----------
    beside : str
        ``__file__`` of the method's module: names are relative to its folder.
    *names : str
        Files, or folders of which every file counts.

    Returns
    -------
    dict of str to str
        Name → SHA-256 (hex) of the content.

    Raises
    ------
    UsageError
        Where there is no such file.

    Examples
    --------
    >>> import larbench
    >>> list(larbench.file_digests(larbench.__file__, "__init__.py"))
    ['__init__.py']
    """
    folder = Path(beside).resolve().parent
    found = {}
    for name in names:
        path = folder / name
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            if not file.is_file():
                raise UsageError(f"{file}: no such file, so nothing that depends on it has an identity")
            key = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name
            found[key] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


@cache
def own_packages() -> frozenset[str]:
    """Return the top-level packages of this distribution."""
    listed = importlib.metadata.distribution("larbench").read_text("top_level.txt") or ""
    return frozenset(listed.split()) | {"benchmark"}


def source_file(module: str) -> Path | None:
    """Return where a module's source is, None where it has none; nothing is imported."""
    root, *parts = module.split(".")
    spec = importlib.util.find_spec(root)  # a top-level name: found without importing anything
    if spec is None:
        return None
    if not spec.submodule_search_locations:
        return Path(spec.origin) if spec.origin and not parts else None
    for folder in spec.submodule_search_locations:
        base = Path(folder, *parts)
        for path in (base / "__init__.py", base.with_name(base.name + ".py")):
            if path.is_file() and (parts or path.name == "__init__.py"):
                return path
    return None


def _ancestors(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


@lru_cache(maxsize=1024)
def _parsed(path: Path, mtime_ns: int, size: int, module: str) -> tuple[str, tuple[str, ...]]:
    """Return a file's digest and the modules that it may import; time and size are there for the cache."""
    del mtime_ns, size
    tree = ast.parse(path.read_bytes())
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    imports = tuple(dict.fromkeys(_imports(tree, package)))
    return hashlib.sha256(dump(tree).encode()).hexdigest()[:16], imports


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    front = {_FRONT}  # names that stand for that package in this module
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                if alias.name == _FRONT and alias.asname:
                    front.add(alias.asname)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: len(parents) - node.level + 1]
                base = ".".join([*kept, base] if base else kept)
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}"
                if base == _FRONT:
                    yield from _exporters(alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in front:
            yield from _exporters(node.attr)


def _exporters(name: str) -> Iterator[str]:
    """Yield the module that defines what ``larbench`` exports under ``name``, if anything; all for ``*``."""
    if name == "*":
        yield from _exports().values()
    elif name in _exports():
        yield _exports()[name]


@cache
def _exports() -> dict[str, str]:
    """Return name → module of what ``larbench`` exports, read from its source: nothing is imported."""
    path = source_file(_FRONT)
    tree = ast.parse(path.read_bytes()) if path is not None else ast.Module([], [])
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_EXPORTS":
            table: dict[str, str] = ast.literal_eval(node.value)
            return table
    return {}


def dump(node: object) -> str:
    """Render a syntax tree as text that Python versions agree on: empty fields and docstrings left out."""
    if isinstance(node, ast.AST):
        fields = []
        for name, value in ast.iter_fields(node):
            if name == "body":
                value = _without_docstring(node, value)
            elif name == "values" and isinstance(node, ast.JoinedStr):
                value = _one_text(node.values)
            elif name == "format_spec" and isinstance(value, ast.JoinedStr) and not _one_text(value.values):
                value = None
            if value is None or value == []:
                continue
            fields.append(f"{name}={dump(value)}")
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(dump(item) for item in node)}]"
    return f"{type(node).__name__}:{node!r}"


def _without_docstring(node: ast.AST, body: object) -> object:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if (
        isinstance(node, documented)
        and isinstance(body, list)
        and ast.get_docstring(node, clean=False) is not None
    ):
        return body[1:]
    return body


def _one_text(values: Sequence[ast.expr]) -> list[ast.expr]:
    """Return the parts of an f-string, texts that stand side by side joined and empty ones left out.

    From one version of Python to the next the parser cuts them in other places.
    """
    parts: list[ast.expr] = []
    for value in values:
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            parts.append(value)
        elif parts and isinstance(parts[-1], ast.Constant) and isinstance(parts[-1].value, str):
            parts[-1] = ast.Constant(parts[-1].value + value.value)
        elif value.value:
            parts.append(ast.Constant(value.value))
    return parts
