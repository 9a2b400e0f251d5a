"""The tiny encoder of the toy world, made once, and recipes that teach it."""

from __future__ import annotations

from toys import learnable_recipes, tiny_backbone

__all__ = ["learnable_recipes", "tiny_backbone"]
