"""A tokenizer that also tells each token's word: its shape, and where it begins."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedTokenizerFast
from transformers.tokenization_utils_base import BatchEncoding

from .shapes_larbench import shape_id  # type: ignore[import-not-found]
from .text_larbench import tokenize  # type: ignore[import-not-found]


class LarbenchTokenizer(PreTrainedTokenizerFast):  # type: ignore[misc]
    """Text, or the words of a text, as tokens with ``shape_ids`` and ``word_starts`` (-1 for specials)."""

    model_input_names = ["input_ids", "attention_mask", "shape_ids", "word_starts"]  # noqa: RUF012

    def __call__(self, text: Any, *, is_split_into_words: bool = False, **options: Any) -> BatchEncoding:
        """Encode a text, its words, or a list of either."""
        single = isinstance(text, str) or (is_split_into_words and (not text or isinstance(text[0], str)))
        texts = [text] if single else list(text)
        if is_split_into_words:
            words, places = texts, None
        else:
            split = [tokenize(one) for one in texts]
            words = [list(one.tokens) for one in split]
            places = [one.places for one in split]
        tensors = options.pop("return_tensors", None)
        offsets = options.get("return_offsets_mapping", False)
        options["padding"] = options.get("padding") or len(texts) > 1
        options["return_token_type_ids"] = False
        found = super().__call__(words, is_split_into_words=True, **options)
        shapes, starts = [], []
        for number, given in enumerate(words):
            numbers = found.word_ids(number)
            shapes.append([0 if word is None else shape_id(given[word]) for word in numbers])
            starts.append([-1 if word is None else numbers.index(word) for word in numbers])
            if offsets and places is not None:
                found["offset_mapping"][number] = [
                    span
                    if word is None
                    else (span[0] + places[number][word][0], span[1] + places[number][word][0])
                    for span, word in zip(found["offset_mapping"][number], numbers, strict=True)
                ]
        found["shape_ids"], found["word_starts"] = shapes, starts
        if tensors is None and single:
            data = {name: rows[0] for name, rows in found.items()}
            return BatchEncoding(data, found.encodings)
        return found.convert_to_tensors(tensors) if tensors is not None else found
