"""The tiny encoder of the toy world, made once, recipes that teach it; a server that can be asked."""

from __future__ import annotations

from asking_runs import wanted
from asking_tools import environment, server
from toys import learnable_recipes, tiny_backbone

__all__ = ["environment", "learnable_recipes", "server", "tiny_backbone", "wanted"]
