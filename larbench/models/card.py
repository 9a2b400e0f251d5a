"""The model card: what a model was made of, what it reaches, what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.method import Method
from benchmark.task import ZERO_SHOT


def model_card(about: Mapping[str, Any], method: Method) -> str:
    """Return README.md of a model, in the form of the model hub: facts for machines, then text."""
    return "\n".join([*_head(about), *_text(about, method)]) + "\n"


def _head(about: Mapping[str, Any]) -> Iterator[str]:
    yield "---"
    language = about["target"]["language"]
    if language != "und":
        yield f"language: {language.partition('-')[0]}"
    yield "pipeline_tag: token-classification"
    yield "tags: [named-entity-recognition, larbench]"
    yield "---"


def _text(about: Mapping[str, Any], method: Method) -> Iterator[str]:
    source, target = about["source"], about["target"]
    yield f"# {about['method']} for {target['name']}"
    yield ""
    yield f"Named entity recognition, method `{about['method']}`: {method.reading}."
    yield ""
    yield "## Data"
    yield ""
    limited = (
        "" if about["source_limit"] is None else f", of which the first {about['source_limit']} of train"
    )
    yield f"- Source: {source['corpus']}/{source['name']} ({_sizes(source)}){limited}."
    seen = "its tokens without labels" if about["setting"] == ZERO_SHOT else "its labels of train and dev"
    name = f"{target['corpus']}/{target['name']}"
    yield f"- Target: {name} ({_sizes(target)}); setting {about['setting']}: {seen}."
    yield f"- Licence of the data: {about['licence']}. It may bind the weights, which were learned from them."
    yield f"- Seed {about['seed']}; backbone {method.get_params().get('backbone', 'none')}."
    yield ""
    yield "## Types"
    yield ""
    yield "| type | name | description |"
    yield "|---|---|---|"
    for kind in about["types"]:
        cells = (kind["name"], kind["readable"], kind["description"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
    yield "## Scores"
    yield ""
    yield from _scores(about)
    yield ""
    yield "## Intended use"
    yield ""
    yield (
        f"Finds mentions of the types above in text like that of {target['name']}. On other text, and in"
        " other languages, its quality is not known: label some sentences and measure it. What it finds is"
        " wrong as often as the scores say: have decisions about people made by people."
    )


def _scores(about: Mapping[str, Any]) -> Iterator[str]:
    if not about["scores"]:
        yield "Not measured: the target has no labelled dev or test split."
        return
    yield "Exact micro-F1 in percent, with the 95 % interval over sentences."
    yield ""
    yield "| split | F1 | interval | sentences | mentions |"
    yield "|---|---|---|---|---|"
    for split, score in about["scores"].items():
        low, high = 100 * score["low"], 100 * score["high"]
        yield (
            f"| {split} | {100 * score['f1']:.1f} | {low:.1f} to {high:.1f} | {score['sentences']} |"
            f" {score['mentions']} |"
        )
    if about["setting"] != ZERO_SHOT and "dev" in about["scores"]:
        yield ""
        yield "The epoch was chosen on dev, so that its score there is too good."


def _sizes(corpus: Mapping[str, Any]) -> str:
    return ", ".join(f"{split} {count:,}" for split, count in corpus["sentences"].items()) + " sentences"
