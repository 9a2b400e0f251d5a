"""Small methods that behave, and some that misbehave on purpose. None needs torch."""

import errno
import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.errors import OverBudget
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
        while (gate := os.environ.get("FAKE_GATE")) and not Path(gate).exists():
            time.sleep(0.05)
        self.salt = files["weights.bin"]
        self.types = task.target.type_names
        return self

    def _make(self, task, seed):
        _trace("make", task, seed)
        while (gate := os.environ.get("FAKE_MAKE_GATE")) and not Path(gate).exists():
            time.sleep(0.05)
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


class Bare(Method):
    """Without an ``__init__``."""

    def fit(self, task, seed):
        return self

    def predict(self, sentences):
        return [[] for _ in sentences]


class Keyed(Bare):
    """Runs where a key is set."""

    def __init__(self):
        pass

    def skip(self, setting):
        return super().skip(setting) or (None if os.environ.get("FAKE_KEY") else "no key: set FAKE_KEY")


class Supervised(Rule):
    """Only for the supervised setting."""

    settings = frozenset({SUPERVISED})


class Shown(Method):
    """Supervised. Finds nothing, and notes what it was shown."""

    settings = frozenset({SUPERVISED})

    def __init__(self, backbone="mini"):
        self.backbone = backbone

    def fit(self, task, seed):
        self.task = task
        return self

    def predict(self, sentences):
        return [[] for _ in sentences]

    def estimate_tokens(self, target, setting):
        return len(target.train) if setting == SUPERVISED else -1

    def notes(self):
        target = self.task.target
        return {
            "setting": self.task.setting,
            "train": [sentence.id for sentence in target.train],
            "dev": len(target.dev),
            "unlabelled": len(target.unlabelled),
        }


class Reading(Rule):
    """Reads a further text, if it is given one."""

    def __init__(self, unlabelled=None, backbone="mini"):
        super().__init__(1, backbone)
        self.unlabelled = unlabelled

    def variant(self):
        return None if self.unlabelled is None else Path(self.unlabelled).name

    def components(self):
        text = {} if self.unlabelled is None else {"unlabelled": self._hash()}
        return {**super().components(), **text}

    def notes(self):
        return {"read": None if self.unlabelled is None else self._hash()}

    def _hash(self):
        return hashlib.sha256(Path(self.unlabelled).read_bytes()).hexdigest()


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
        if self.how == "memory":
            resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
            self.weights = bytearray(2**31)
        if self.how == "hangs":
            time.sleep(1000)
        if self.how == "blocks":
            re.match("(a*)*b", "a" * 60)  # minutes in C, with the interpreter's lock held
        if self.how == "prints":
            print('{"exit": 0}\n{"problem": "none"}')
            os.write(1, b'{"exit": 0}\n')
            subprocess.run([sys.executable, "-c", "print('{\"exit\": 0}')"], check=True)
        if self.how in ("disk-full", "read-only"):
            _fail_every_write(errno.ENOSPC if self.how == "disk-full" else errno.EROFS)
        if self.how == "changes-task":
            object.__setattr__(task.target, "types", ())
            object.__setattr__(task, "setting", "supervised")
            task.source.train[0].tokens[0].join([])
        super().fit(task, seed)
        if self.how == "clock":
            time.time = lambda: 0.0  # 1970
        return self

    def predict(self, sentences):
        good = super().predict(sentences)
        if self.how == "empties":
            sentences.clear()
            return []
        if self.how == "turns":
            sentences.reverse()
            return good
        if self.how == "lengthens":
            object.__setattr__(sentences[0], "tokens", sentences[0].tokens * 9)
            end = len(sentences[0].tokens)
            return [[Mention(end - 1, end, self.types[0])], *good[1:]]
        first = {
            "short": None,
            "long": None,
            "float": [(0.0, 1.0, self.types[0])],
            "infinite": [(0, float("inf"), self.types[0])],
            "negative": [(-2, 1, self.types[0])],
            "backwards": [(1, 0, self.types[0])],
            "no-type": [(0, 1, None)],
            "nan": [(float("nan"), 1, self.types[0])],
            "outside": [(0, 10_000, self.types[0])],
            "overlap": [(0, 2, self.types[0]), (1, 2, self.types[0])],
            "undeclared": [(0, 1, "dragon")],
            "garbage": "O O B-PER",
        }
        if self.how == "short":
            return good[1:]
        if self.how == "long":
            return [*good, []]
        if self.how == "none":
            return None
        return [first[self.how], *good[1:]] if self.how in first else good

    def notes(self):
        return {"bad": object()} if self.how == "notes" else {}


def _fail_every_write(number):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    os.fsync = refuse


class Asking(Rule):
    """Asks a language model that is not there: five questions a split, reserved at 100 tokens, used 60.

    ``how``: what goes wrong after the first question, if anything.
    """

    def __init__(self, generalist="embedding", llm_model="tiny-1", how="fine", backbone="mini"):
        super().__init__(1, backbone)
        self.generalist = generalist
        self.llm_model = llm_model
        self.how = how
        self.paid = self.kept = 0

    def variant(self):
        return self.llm_model if self.generalist == "openai" else self.generalist

    def estimate_tokens(self, target, setting):
        return 60 * (min(5, len(target.test)) + min(5, len(target.dev)))

    def estimate_dollars(self, target, setting):
        if self.llm_model == "priceless":
            return None
        return self.estimate_tokens(target, setting) / 1000

    def fit(self, task, seed):
        super().fit(task, seed)
        self.task, self.seed = task, seed
        return self

    def predict(self, sentences):
        for sentence in sentences[:5]:
            self._ask(sentence.id)
        return super().predict(sentences)

    def _ask(self, name):
        key = {"model": self.llm_model, "prompt": name, "seed": self.seed}
        artefacts, budget = self.task.workspace.artefacts, self.task.workspace.budget
        if artefacts.get("llm-answer", key):
            self.kept += 1
            return
        price = (lambda tokens: None) if self.llm_model == "priceless" else (lambda tokens: tokens / 1000)
        if budget is None:
            held = None
        elif self.how == "group":
            try:
                held = budget.reserve(100, price(100))
            except OverBudget as error:
                raise ExceptionGroup("tasks", [error]) from None
        else:
            held = budget.reserve(100, price(100))
        if self.how == "sigkill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "leak":
            key = os.environ["FAKE_API_KEY"]
            self.task.workspace.artefacts.store.warn(f"sent with {key}")
            raise ValueError(f"401 for https://me:{key}@localhost/v1?key={key} Authorization: Bearer {key}")
        if self.how == "leak-and-die":
            print(
                os.environ["FAKE_API_KEY"].strip() + " end of log " + "x" * 3980
            )  # the tail starts inside it
            os._exit(3)
        _trace("asked", self.task, self.seed)
        self.paid += 1
        artefacts.get_or_make("llm-answer", key, lambda: {"answer.txt": b"person"})
        if held is not None:
            budget.settle(held, 60, price(60))

    def notes(self):
        cost = None if self.llm_model == "priceless" else self.paid * 0.06
        paid = {"prompt_tokens": 50 * self.paid, "completion_tokens": 10 * self.paid, "cost_usd": cost}
        kept = {"cached_prompt_tokens": 50 * self.kept, "cached_completion_tokens": 10 * self.kept}
        return {"llm": {"model": self.llm_model, **paid, **kept}, "key": os.environ.get("FAKE_API_KEY")}


def _trace(what, task, seed):
    """Leave a line where a test can count what was computed."""
    if path := os.environ.get("FAKE_TRACE"):
        with Path(path).open("a") as out:
            out.write(f"{what} {task.setting} {task.target.name} {seed}\n")
