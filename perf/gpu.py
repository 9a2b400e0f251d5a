"""Training on a GPU: tokens a second, their share of the device's speed, memory, and how long a suite takes.

    python perf/gpu.py [--device cuda] [--shapes mini,base,large] [--jobs 1,2] [--sentences 2000] [--rounds 5]

`mini` has its own weights, `base` and `large` BERT's shapes with random ones under the tokenizer of `mini`:
as fast as trained ones. Each job is a process that trains a tagger on sentences of CoNLL-2003, again and
again after a first time that does not count. The share is that of what the same process reaches in products
of large bfloat16 matrices. The time of `crossner-paper` is projected from the tokens that its methods trained
on in results/crossner-mini, all seeds, without prediction and without a language model's answers.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from costs import Cost, add, source_tokens
from training import work_per_token

from benchmark.domains.load import load_domain
from benchmark.plan.suite import load_suite
from benchmark.store.record import OK
from benchmark.store.store import Store

MATRIX = 8192
SHAPES = {  # hidden size, layers, heads
    "base": (768, 12, 12),
    "large": (1024, 24, 16),
}
PAPER, MEASURED = "crossner-paper", "crossner-mini"


def main() -> int:
    """Print a line for each shape and number of jobs, then the projection."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--shapes", default="mini,base,large")
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.device, given.sentences, given.rounds)))
        return 0
    speeds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for shape in given.shapes.split(","):
            backbone = shape if shape == "mini" else made(shape, Path(folder))
            for jobs in map(int, given.jobs.split(",")):
                found = side_by_side(backbone, jobs, given)
                speed, line = told(found)
                speeds[shape] = max(speeds.get(shape, 0.0), speed)
                print(f"{shape:6} {jobs} at once: {line}", flush=True)
    for line in projected(speeds):
        print(line)
    return 0


def made(shape: str, folder: Path) -> str:
    """Write an encoder of a shape with random weights, in the hub's format; return where it lies."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    from larbench.tagger.backbones import find_backbone

    place, (hidden, layers, heads) = folder / shape, SHAPES[shape]
    tokenizer = AutoTokenizer.from_pretrained(str(find_backbone("mini").path))
    tokenizer.save_pretrained(place)
    form = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * hidden,
    )
    BertModel(form).save_pretrained(place)
    return str(place)


def side_by_side(backbone: str, jobs: int, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Have so many jobs train on one device together; return what each says, none where one failed."""
    command = [sys.executable, __file__, "--one", backbone, "--device", given.device]
    command += ["--sentences", str(given.sentences), "--rounds", str(given.rounds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(jobs)]
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        return []
    return [json.loads(text.splitlines()[-1]) for text in said]


def told(found: list[dict[str, Any]]) -> tuple[float, str]:
    """Return the tokens a second of all jobs together, and a line that tells of them."""
    if not found:
        return 0.0, "failed"
    rate = max(job["rate"] for job in found)
    low, speed, high = (sum(pick(job["speeds"]) for job in found) for pick in (min, statistics.median, max))
    return speed, (
        f"{low:,.0f} / {speed:,.0f} / {high:,.0f} tokens/s (min / median / max), "
        f"{found[0]['work'] * speed / rate:.0%} of {rate / 1e12:,.2f} TFLOP/s, "
        f"{found[0]['memory'] / 2**30:.1f} GiB each"
    )


def one(backbone: str, device: str, sentences: int, rounds: int) -> dict[str, Any]:
    """Train again and again; return each time's tokens a second, the device's speed, and the memory."""
    import torch

    from larbench.tagger.tagger import Tagger
    from larbench.tagger.train import Recipe

    on_gpu = device.startswith("cuda")
    rate = matrix_rate(device)
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(device)
    source = load_domain("crossner", "conll2003")
    tagger = Tagger.fresh(list(source.type_names), backbone, seed=1, device=device)
    data = source.train[:sentences]
    speeds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        tokens = tagger.fit(data, Recipe(epochs=1, freeze_embeddings=True), seed=1).tokens
        if on_gpu:
            torch.cuda.synchronize(device)
        speeds.append(tokens / (time.perf_counter() - start))
    memory = torch.cuda.max_memory_allocated(device) if on_gpu else 0
    return {"speeds": speeds[1:], "rate": rate, "work": work_per_token(backbone), "memory": memory}


def matrix_rate(device: str) -> float:
    """Return the device's speed in products of large bfloat16 matrices, in FLOP a second."""
    import torch

    wait: Callable[[], None] = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    size = MATRIX if device.startswith("cuda") else MATRIX // 8
    left, right = (torch.randn(size, size, device=device).bfloat16() for _ in range(2))
    best = 0.0
    for _ in range(10):
        wait()
        start = time.perf_counter()
        left @ right
        wait()
        best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return best


def projected(speeds: dict[str, float]) -> Iterator[str]:
    """Yield how long the training of the suite takes at these speeds, by shape."""
    suite = load_suite(PAPER)
    methods = {entry.name for entry in suite.methods or ()}
    records = [
        record
        for record in Store(Path(__file__).parents[1] / "results").records(MEASURED)
        if record.state == OK and record.spec.seed == suite.seeds[0] and record.spec.method in methods
    ]
    cost, source = Cost(), source_tokens(records[0])
    for record in records:
        add(cost, record, source)
    tokens = (cost.own + source) * len(suite.seeds)
    for shape, speed in speeds.items():
        if shape in SHAPES and speed:
            hours = tokens / speed / 3600
            yield f"{PAPER}, its rows of {shape}: {tokens:,} tokens, {hours:.1f} hours of training"


if __name__ == "__main__":
    sys.exit(main())
