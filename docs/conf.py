"""Sphinx's settings: the pages, which are plain Markdown for a code host, as a site with search.

The source folder is the repository, since pages link to what lies beside docs/::

    sphinx-build -W --keep-going -c docs . site
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

project = "larbench"
author = "The larbench contributors"
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "results/**/*.md"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "larbench"
html_copy_source = False
myst_heading_anchors = 6  # named as a code host names them
nitpicky = True
suppress_warnings = ["toc.not_included"]  # results have no place in the side bar; a test asks for the pages

_LINKED = re.compile(r"\]\((?P<path>[\w./-]+\.md)")


def _add_contents(app: Sphinx, name: str, source: list[str]) -> None:
    """Give the index, for the side bar, the pages that it links to; a code host would show that as code."""
    if name == root_doc:
        folder = Path(app.srcdir, name).parent
        paths = dict.fromkeys(match["path"] for match in _LINKED.finditer(source[0]))
        places = [(folder / path).resolve().relative_to(Path(app.srcdir).resolve()) for path in paths]
        lines = [f"/{place.with_suffix('').as_posix()}" for place in places]
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", "", *lines, "```", ""])


def setup(app: Sphinx) -> None:
    """Connect what is above; Sphinx calls this."""
    app.connect("source-read", _add_contents)
