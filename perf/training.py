"""Training against transformers.Trainer: real sub-tokens a second on all cores of this machine.

    python perf/training.py [--sentences 600] [--rounds 5]
    python perf/training.py --steps 128,256,512,1024,2048

The same backbone (`mini`), the same sentences of CoNLL-2003, one pass over them a turn. Ours runs as the
benchmark does: a process with one thread on each core, each training a tagger of its own; and, to see which
way of sharing the cores is best, as one process with all of them. The Trainer has one process with all cores,
once with its defaults (batches of 16, float32) and once with the flags that serve it best (bfloat16 where the
machine gains by it, batches of like length). All processes stay alive and take turns, so a busy machine slows
them alike. A token counts where it is no padding. F1 is that of dev after all turns. With ``--steps`` ours
alone takes turns with itself, on one thread, in steps of so many padded tokens.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

from paired import HEADER, Paired, in_three
from worker import Worker, serve, together

from benchmark.domains.corpus import LabelledSentence
from benchmark.domains.load import load_domain
from benchmark.run.workers import ENVIRONMENT

OURS, TOGETHER = "ours", "ours, one process"
DEFAULTS, FLAGS = "Trainer, defaults", "Trainer, best flags"
DEV = 300  # sentences
MATRIX = 1024
STEP = 1024


def runner(kind: str, threads: int, sentences: int, step: int = STEP) -> Worker:
    """Start a process that trains when it is told to; ``step``: padded tokens of a step of ours."""
    own = ENVIRONMENT if kind == OURS else {"TOKENIZERS_PARALLELISM": "false"}
    arguments = ("--as", kind, "--sentences", str(sentences), "--steps", str(step))
    return Worker(__file__, *arguments, environment=own, threads=threads)


def turn(workers: Sequence[Worker]) -> tuple[float, int]:
    """Have processes train at the same time; return the seconds that passed, and all their tokens."""
    seconds, tokens = together(workers, "train")
    return seconds, sum(map(int, tokens))


def train(ours: bool, flags: bool, sentences: int, step: int) -> None:
    """Be one of the processes."""
    source = load_domain("crossner", "conll2003")
    data, dev = source.train[:sentences], source.dev[:DEV]
    types = list(source.type_names)
    once, score = _ours(data, dev, types, step) if ours else _peer(data, dev, types, flags=flags)
    serve({"train": once, "score": score, "rate": matrix_rate, "encode": lambda: encoding_seconds(data)})


def _ours(
    data: tuple[LabelledSentence, ...], dev: tuple[LabelledSentence, ...], types: list[str], step: int
) -> tuple[Callable[[], int], Callable[[], float]]:
    from larbench.tagger.tagger import Tagger
    from larbench.tagger.train import Recipe

    tagger = Tagger.fresh(types, "mini", seed=1)
    recipe = Recipe(epochs=1, freeze_embeddings=True, batch_tokens=step)

    def once() -> int:
        return tagger.fit(data, recipe, seed=1).tokens

    return once, lambda: tagger.f1(dev)


def _peer(
    data: tuple[LabelledSentence, ...],
    dev: tuple[LabelledSentence, ...],
    types: list[str],
    *,
    flags: bool,
) -> tuple[Callable[[], int], Callable[[], float]]:
    import numpy as np
    from transformers import (
        AutoModelForTokenClassification,
        AutoTokenizer,
        DataCollatorForTokenClassification,
        Trainer,
        logging,
    )

    from benchmark.domains.tags import decode_bio
    from benchmark.scoring.counts import count_mentions
    from larbench.tagger.backbones import find_backbone

    logging.set_verbosity_error()
    path = str(find_backbone("mini").path)
    names = ["O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI")]
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForTokenClassification.from_pretrained(path, num_labels=len(names))

    rows, asked = ([_encoded(s, tokenizer, names) for s in some] for some in (data, dev))
    arguments = _arguments(flags=flags)
    collator = DataCollatorForTokenClassification(tokenizer)

    def trainer() -> Any:
        return Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator)

    def once() -> int:
        sys.stdout, out = sys.stderr, sys.stdout  # it prints what it did
        try:
            trainer().train()
        finally:
            sys.stdout = out
        return sum(len(row["input_ids"]) for row in rows)

    def score() -> float:
        scores, labels, _ = trainer().predict(asked)
        found = []
        for sentence, best_of, wanted in zip(dev, np.argmax(scores, axis=-1), labels, strict=True):
            tags = [names[one] for one, label in zip(best_of, wanted, strict=True) if label != -100]
            found.append(decode_bio(tags[: len(sentence.tokens)]))
        return count_mentions([s.mentions for s in dev], found, types).micro().f1

    return once, score


def _arguments(*, flags: bool) -> Any:
    """Return the Trainer's arguments: its defaults, or the flags that serve it best."""
    import tempfile

    from transformers import TrainingArguments

    from larbench.tagger.precision import gains_by_bf16

    best = {"bf16": gains_by_bf16("cpu"), "train_sampling_strategy": "group_by_length"} if flags else {}
    return TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=1,
        per_device_train_batch_size=16,
        learning_rate=2e-4,
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        **best,
    )


def _encoded(sentence: LabelledSentence, tokenizer: Any, names: list[str]) -> dict[str, Any]:
    """Return a sentence as the Trainer wants it: a label at each word's first sub-token, -100 elsewhere."""
    from benchmark.domains.tags import encode_bio

    row = tokenizer(list(sentence.tokens), is_split_into_words=True, truncation=True)
    tags = encode_bio(sentence.mentions, len(sentence.tokens))
    words = row.word_ids()
    first = [word is not None and word not in words[:place] for place, word in enumerate(words)]
    labels = [names.index(tags[w]) if f else -100 for w, f in zip(words, first, strict=True)]
    return {**row, "labels": labels}


def encoding_seconds(data: Sequence[LabelledSentence]) -> float:
    """Return how long the tokenizer takes for sentences."""
    from larbench.tagger.backbones import find_backbone
    from larbench.tagger.encoding import encode
    from larbench.tagger.model import load_encoder

    _, tokenizer = load_encoder(find_backbone("mini").path)
    start = time.perf_counter()
    encode([sentence.tokens for sentence in data], tokenizer, window=256)
    return time.perf_counter() - start


def matrix_rate() -> float:
    """Return the core's own speed in products of bfloat16 matrices, in FLOP a second."""
    import torch

    left, right = (torch.randn(MATRIX, MATRIX).bfloat16() for _ in range(2))
    torch.set_num_threads(1)
    best = 0.0
    for _ in range(10):
        start = time.perf_counter()
        left @ right
        best = max(best, 2 * MATRIX**3 / (time.perf_counter() - start))
    return best


def work_per_token(backbone: str) -> float:
    """Return the FLOP that a token costs in a step: three times two for each weight of the layers."""
    from transformers import AutoConfig

    from larbench.tagger.backbones import find_backbone

    shape = AutoConfig.from_pretrained(str(find_backbone(backbone).path))
    layer = 4 * shape.hidden_size**2 + 2 * shape.hidden_size * shape.intermediate_size
    return 6.0 * shape.num_hidden_layers * layer


def main() -> int:
    """Let them take turns, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", default="", help="padded tokens of a step, several apart by commas")
    parser.add_argument("--as", dest="kind", choices=[OURS, DEFAULTS, FLAGS])
    given = parser.parse_args()
    steps = [int(step) for step in given.steps.split(",") if step]
    if given.kind:
        train(given.kind == OURS, given.kind == FLAGS, given.sentences, *steps)
        return 0
    if steps:
        for line in by_step(steps, given.sentences, given.rounds):
            print(line)
        return 0
    cores = len(os.sched_getaffinity(0))
    groups = {
        OURS: [runner(OURS, 1, given.sentences) for _ in range(cores)],
        DEFAULTS: [runner(DEFAULTS, cores, given.sentences)],
        FLAGS: [runner(FLAGS, cores, given.sentences)],
        TOGETHER: [runner(OURS, cores, given.sentences)],
    }
    try:
        for line in _table(groups, given.rounds):
            print(line)
    finally:
        for workers in groups.values():
            for one in workers:
                one.end()
    return 0


def by_step(steps: Sequence[int], sentences: int, rounds: int) -> Iterator[str]:
    """Yield how many tokens a second one thread trains on, for each size of a step."""
    runners = {step: runner(OURS, 1, sentences, step) for step in steps}
    try:
        for one in runners.values():
            turn([one])  # the first turn warms up
        spent: dict[int, list[float]] = {step: [] for step in steps}
        for _ in range(rounds):
            for step, one in runners.items():
                seconds, tokens = turn([one])
                spent[step].append(tokens / seconds)
    finally:
        for one in runners.values():
            one.end()
    for step, speeds in spent.items():
        yield f"steps of {step:5} padded tokens: {in_three(speeds, 'tokens/s', ',.0f')}"


def _table(groups: dict[str, list[Worker]], rounds: int) -> Iterator[str]:
    for workers in groups.values():
        turn(workers)  # the first turn warms up
    spent: dict[str, list[float]] = {kind: [] for kind in groups}  # seconds a token
    for _ in range(rounds):
        for kind, workers in groups.items():
            seconds, tokens = turn(workers)
            spent[kind].append(seconds / tokens)
    yield f"{len(groups[OURS])} cores, transformers {version('transformers')}, torch {version('torch')}"
    yield HEADER
    for kind in (DEFAULTS, FLAGS, TOGETHER):
        yield Paired(f"tokens a second, against {kind}", tuple(spent[OURS]), tuple(spent[kind])).told()
    for kind, workers in groups.items():
        workers[0].send("score")
        speeds = in_three([1 / one for one in spent[kind]], "tokens/s", ",.0f")
        yield f"{kind:24} {speeds}, dev F1 {100 * workers[0].receive():.1f}"
    one = groups[OURS][0]
    one.send("rate")
    rate = one.receive()
    seconds, tokens = turn([one])
    share = tokens / seconds * work_per_token("mini") / rate
    yield (
        f"one core: {tokens / seconds:,.0f} tokens/s, {share:.0%} of its {rate / 1e9:,.0f} GFLOP/s in "
        "products of bfloat16 matrices, both in one process"
    )
    one.send("encode")
    yield f"encoding the sentences, each job for itself: {one.receive() / seconds:.1%} of an epoch"


if __name__ == "__main__":
    sys.exit(main())
