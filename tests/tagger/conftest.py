"""The tiny encoder of the toy world, made once."""

from __future__ import annotations

from toys import tiny_backbone

__all__ = ["tiny_backbone"]
