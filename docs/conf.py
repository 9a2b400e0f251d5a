"""Sphinx's settings: the pages, which are plain Markdown for a code host, as a site with search.

The source folder is the repository, since pages link to what lies beside docs/::

    sphinx-build -W --keep-going -c docs . site
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))  # what the API reference documents

project = "larbench"
author = "The larbench contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
root_doc = "docs/index"
api_doc = "docs/api"
include_patterns = ["docs/*.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "results/**/*.md"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "larbench"
html_copy_source = False
myst_heading_anchors = 6  # named as a code host names them
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types in docstrings are words, not all of them links
autodoc_typehints = "none"  # the docstrings say them in words
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as they are written: the value of os.environ belongs on no page
autodoc_mock_imports = [
    "filelock", "huggingface_hub", "joblib", "matplotlib", "openai", "pandas", "pooch", "regex", "requests",
    "rich", "safetensors", "scipy", "tabulate", "torch", "transformers",
]  # fmt: skip
autosummary_generate = False
numpydoc_show_class_members = False  # autodoc shows them
suppress_warnings = ["toc.not_included"]  # results have no place in the side bar; a test asks for the pages

_NAMED = re.compile(r"- `(?P<name>(?:larbench|benchmark)\.[\w.]+)`")
_LINKED = re.compile(r"\]\((?P<path>[\w./-]+\.md)")


def _add_contents(app: Sphinx, name: str, source: list[str]) -> None:
    """Give the index, for the side bar, the pages that it links to; a code host would show that as code."""
    if name == root_doc:
        folder = Path(app.srcdir, name).parent
        paths = dict.fromkeys(match["path"] for match in _LINKED.finditer(source[0]))
        places = [(folder / path).resolve().relative_to(Path(app.srcdir).resolve()) for path in paths]
        lines = [f"/{place.with_suffix('').as_posix()}" for place in places]
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", "", *lines, "```", ""])


def _add_docstrings(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the docstrings of what the API reference lists in the places of the names."""
    del app
    if name == api_doc:
        lines = []
        for line in source[0].splitlines():
            named = _NAMED.fullmatch(line)
            if named is None:
                lines.append(line)
                continue
            is_class = named["name"].rpartition(".")[2][0].isupper()
            members = ["   :members:"] if is_class else []
            directive = f".. {'autoclass' if is_class else 'autofunction'}:: {named['name']}"
            lines += ["", "```{eval-rst}", directive, *members, "```", ""]
        source[0] = "\n".join(lines)


def setup(app: Sphinx) -> None:
    """Connect what is above; Sphinx calls this."""
    app.connect("source-read", _add_contents)
    app.connect("source-read", _add_docstrings)
