"""A tokenizer that also tells each token's word: its shape, and where it begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from transformers import PreTrainedTokenizerFast
from transformers.tokenization_utils_base import BatchEncoding

from .shapes_larbench import shape_id  # type: ignore[import-not-found]
from .text_larbench import tokenize  # type: ignore[import-not-found]


class LarbenchTokenizer(PreTrainedTokenizerFast):  # type: ignore[misc]
    """Text, or the words of a text, as tokens with ``shape_ids`` and ``word_starts`` (-1 for specials).

    Where offsets are asked for, as by pipelines, a text longer than ``model_max_length`` becomes several
    rows, cut between words, and no word is lost. Rows do not overlap, whatever ``stride`` is.
    """

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
        for name in ("stride", "return_overflowing_tokens"):
            options.pop(name, None)
        parts = [
            (number, first, last)
            for number, given in enumerate(words)
            for first, last in (self._parts(given) if offsets else [(0, len(given))])
        ]
        rows = [words[number][first:last] for number, first, last in parts]
        options["padding"] = options.get("padding") or len(rows) > 1
        options["return_token_type_ids"] = False
        found = super().__call__(rows, is_split_into_words=True, **options)
        shapes, starts = [], []
        for row, (text_number, begin, _) in enumerate(parts):
            numbers = found.word_ids(row)
            shapes.append([0 if word is None else shape_id(rows[row][word]) for word in numbers])
            starts.append([-1 if word is None else numbers.index(word) for word in numbers])
            if offsets and places is not None:
                before = [start for start, _ in places[text_number]]
                found["offset_mapping"][row] = [
                    span if word is None else tuple(place + before[begin + word] for place in span)
                    for span, word in zip(found["offset_mapping"][row], numbers, strict=True)
                ]
        found["shape_ids"], found["word_starts"] = shapes, starts
        if tensors is None and single and len(rows) == 1:
            data = {name: rows[0] for name, rows in found.items()}
            return BatchEncoding(data, found.encodings)
        made = _Rows(found.data, found.encodings, [first for _, first, _ in parts])
        return made.convert_to_tensors(tensors) if tensors is not None else made

    def _parts(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the first and last word of each row that a text is cut into; one row where it fits."""
        if not words:
            yield 0, 0
            return
        room = self.model_max_length - self.num_special_tokens_to_add()
        encoded = super().__call__(list(words), is_split_into_words=True, add_special_tokens=False)
        sizes = Counter(encoded.word_ids())
        first = held = 0
        for number in range(len(words)):
            if held and held + sizes[number] > room:
                yield first, number
                first, held = number, 0
            held += sizes[number]
        yield first, len(words)


class _Rows(BatchEncoding):  # type: ignore[misc]
    """Rows of texts, some of which begin within a text."""

    def __init__(self, data: Any, encodings: Any, firsts: Sequence[int]) -> None:
        super().__init__(data, encodings)
        self._firsts = firsts

    def word_ids(self, batch_index: int = 0) -> list[int | None]:
        """Return each token's word, counted from the beginning of its text."""
        first = self._firsts[batch_index]
        return [None if word is None else first + word for word in super().word_ids(batch_index)]
