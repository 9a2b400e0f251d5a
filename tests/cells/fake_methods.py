"""Small methods that behave, and some that misbehave on purpose. None needs torch."""

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.method import Method
from benchmark.task import SUPERVISED


class Rule(Method):
    """Capitalised tokens are mentions; seed and token choose the type. Deterministic, uses an artefact."""

    def __init__(self, step=1, backbone="mini"):
        self.step = step
        self.backbone = backbone

    def components(self):
        return {"weights": f"weights of {Path(self.backbone).name}"}

    def fit(self, task, seed):
        _trace("fit", task, seed)
        key = {"seed": seed, "source": task.source.content_hash()}
        files = task.workspace.artefacts.get_or_make("fake-source", key, lambda: self._make(task, seed))
        time.sleep(float(os.environ.get("FAKE_SLEEP", "0")))
        self.salt = files["weights.bin"]
        self.types = task.target.type_names
        return self

    def _make(self, task, seed):
        _trace("make", task, seed)
        return {"weights.bin": f"{seed} {len(task.source.train)}".encode() * 10}

    def predict(self, sentences):
        return [
            [m for n, t in enumerate(s.tokens[:: self.step]) if (m := self._mention(n * self.step, t))]
            for s in sentences
        ]

    def _mention(self, position, token):
        if not token[:1].isupper():
            return None
        number = int.from_bytes(hashlib.sha256(self.salt + token.encode()).digest()[:4], "big")
        return Mention(position, position + 1, self.types[number % len(self.types)])

    def notes(self):
        return {"threads": os.environ.get("OMP_NUM_THREADS"), "where": str(Path(__file__).resolve())}


class Supervised(Rule):
    """Only for the supervised setting."""

    settings = frozenset({SUPERVISED})


class Broken(Rule):
    """Fails in the way that its parameter names."""

    def __init__(self, how="raises", backbone="mini"):
        super().__init__(1, backbone)
        self.how = how

    def fit(self, task, seed):
        _trace("fit", task, seed)
        if self.how == "raises":
            raise ValueError(f"no weights in {Path(__file__).resolve()}")
        if self.how == "sysexit":
            sys.exit(3)
        if self.how == "os-exit":
            print("last words")
            os._exit(7)
        if self.how == "sigkill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().fit(task, seed)

    def predict(self, sentences):
        good = super().predict(sentences)
        first = {
            "short": None,
            "nan": [(float("nan"), 1, self.types[0])],
            "outside": [(0, 10_000, self.types[0])],
            "overlap": [(0, 2, self.types[0]), (1, 2, self.types[0])],
            "undeclared": [(0, 1, "dragon")],
            "garbage": "O O B-PER",
        }
        if self.how == "short":
            return good[1:]
        if self.how == "none":
            return None
        return [first[self.how], *good[1:]] if self.how in first else good

    def notes(self):
        return {"bad": object()} if self.how == "notes" else {}


def _trace(what, task, seed):
    """Leave a line where a test can count what was computed."""
    if path := os.environ.get("FAKE_TRACE"):
        with Path(path).open("a") as out:
            out.write(f"{what} {task.setting} {task.target.name} {seed}\n")
