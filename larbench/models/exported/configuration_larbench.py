"""Settings of a tagger that embeds the shapes of words."""

from __future__ import annotations

from typing import Any

from transformers import PretrainedConfig


class LarbenchConfig(PretrainedConfig):  # type: ignore[misc]
    """The encoder's settings, and the sizes of what is embedded beside it."""

    model_type = "larbench-tagger"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        hidden_size: int = 384,
        shapes: int = 9,
        shape_width: int = 16,
        **kwargs: Any,
    ) -> None:
        self.encoder = encoder or {"model_type": "bert"}
        self.hidden_size = hidden_size
        self.shapes = shapes
        self.shape_width = shape_width
        super().__init__(**kwargs)
