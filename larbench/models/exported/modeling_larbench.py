"""A tagger that embeds the shapes of words beside its encoder's tokens."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.modeling_outputs import TokenClassifierOutput

from .configuration_larbench import LarbenchConfig


class LarbenchForTokenClassification(PreTrainedModel):  # type: ignore[misc]
    """Scores of O, B- and I- of each type for every token, all tokens of a word alike.

    A word's first token is scored; the others get its score, a B- as I-. Where the most probable labels are
    no legal sequence (an I- that follows nothing of its type), the label on the best legal one trades its
    logit with the highest: so the label with the highest logit of each token is the answer.
    """

    config_class = LarbenchConfig
    base_model_prefix = "encoder"

    def __init__(self, config: LarbenchConfig) -> None:
        super().__init__(config)
        settings = dict(config.encoder)
        self.encoder = AutoModel.from_config(AutoConfig.for_model(settings.pop("model_type"), **settings))
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        width = int(self.encoder.get_input_embeddings().weight.shape[1])
        self.shape_input = torch.nn.Embedding(config.shapes, width, padding_idx=0)
        self.shape_head = torch.nn.Embedding(config.shapes, config.shape_width)
        self.head = torch.nn.Linear(config.hidden_size + config.shape_width, config.num_labels)
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        shape_ids: torch.Tensor | None = None,
        word_starts: torch.Tensor | None = None,
        **_: Any,
    ) -> TokenClassifierOutput:
        """Return logits (batch, tokens, labels); ``shape_ids`` and ``word_starts`` are the tokenizer's."""
        if shape_ids is None or word_starts is None:
            raise ValueError("shape_ids and word_starts are needed: use the tokenizer of this folder")
        embedded = self.encoder.get_input_embeddings()(input_ids) + self.shape_input(shape_ids)
        hidden = self.encoder(inputs_embeds=embedded, attention_mask=attention_mask).last_hidden_state
        logits = self.head(torch.cat([hidden, self.shape_head(shape_ids).to(hidden.dtype)], dim=-1))
        return TokenClassifierOutput(logits=torch.stack(list(map(_spread, logits, word_starts))))


def _spread(logits: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """Return the logits (tokens, labels) of one text: legal, each token's those of its word's first."""
    first = starts.clamp_min(0)
    firsts = torch.unique(first[starts >= 0])
    found = logits.clone()
    if len(firsts):
        found[firsts] = _legal(logits[firsts])
    found = found[first]
    follows = (starts >= 0) & (torch.arange(len(starts), device=starts.device) != first)
    inner = found[follows]
    if len(inner):
        inner[:, 2::2] = torch.maximum(inner[:, 1::2], inner[:, 2::2])
        inner[:, 1::2] = inner.min() - 1
        found[follows] = inner
    return found


def _legal(scores: torch.Tensor) -> torch.Tensor:
    """Return the scores (words, labels), in each row the label of the best legal path highest."""
    path = _best_legal_path(torch.log_softmax(scores.double(), dim=-1))
    rows = torch.arange(len(scores), device=scores.device)
    highest = scores.argmax(dim=-1)
    changed = scores.clone()
    changed[rows, highest] = scores[rows, path]
    changed[rows, path] = scores[rows, highest]
    return changed


def _best_legal_path(log_probs: torch.Tensor) -> torch.Tensor:
    """Return the labels (words,) of the most probable sequence in which I-x follows only B-x or I-x."""
    labels = log_probs.shape[1]
    score = log_probs[0].clone()
    score[2::2] = -torch.inf
    back = []
    for row in log_probs[1:]:
        best = int(score.argmax())
        came = torch.full((labels,), best, device=score.device)
        arrive = score[best].repeat(labels)
        begin, inside = score[1::2], score[2::2]
        stays = inside >= begin
        arrive[2::2] = torch.where(stays, inside, begin)
        came[2::2] = torch.arange(1, labels, 2, device=score.device) + stays
        back.append(came)
        score = arrive + row
    path = [int(score.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return torch.tensor(path[::-1], device=log_probs.device)
