"""What a page of a cell holds: its sentences lie packed in it."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path

_PACKED = re.compile(r'(<script type="application/gzip" id="data">)(.*?)(</script>)', re.DOTALL)


def page_text(path: Path) -> str:
    """Return a page with what is packed in it as the JSON that it is."""
    return _PACKED.sub(lambda found: found[1] + _unpacked(found[2]) + found[3], path.read_text("utf-8"))


def _unpacked(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()
