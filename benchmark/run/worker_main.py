"""The worker process: it imports and reads what is slow once, then forks a fresh child for each cell.

So every cell starts from the same state, whatever ran before it; a crash, or the system's out-of-memory
killer, takes one cell only; and torch is not imported anew thirty times. It is started by ``workers`` as
``python -m benchmark.run.worker_main`` and speaks JSON lines: one line of set-up, then a line a cell on
stdin; on stdout the child's ``{"phase"}``, ``{"waits"}``, ``{"warning"}`` and ``{"problem"}`` lines and,
when it has ended, ``{"exit"}``. What a method prints goes to stderr. Nothing outlives the run that started
it: when stdin closes, the child exits.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from functools import cache
from typing import Any

from benchmark.code import code_digests
from benchmark.errors import LarbenchError
from benchmark.plan.cell import Cell
from benchmark.plan.oracle_parameter import method_params
from benchmark.registry import method_class, registered
from benchmark.run.compute import compute, load_domains
from benchmark.run.context import ExecutionContext
from benchmark.store.atomic_io import canonical_json
from benchmark.store.open_store import open_store
from benchmark.store.redact import redact_secrets

_GRACE = 0.5  # seconds in which a child that hangs writes where it stands
_LOOK = 0.05  # seconds between two looks at a child that has a time limit


def main() -> None:
    """Serve cells until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's business
    answers = os.dup(1)  # kept for the protocol, also by children, but not by programs that a method starts
    os.dup2(2, 1)
    faulthandler.enable()
    for module in json.loads(sys.stdin.buffer.readline() or b"{}").get("preload", ()):
        try:
            importlib.import_module(module)
        except Exception:  # noqa: BLE001 - the cell that needs it meets the same error, and reports it
            traceback.print_exc()
    try:
        for line in sys.stdin.buffer:
            cell, where = _job(line)
            gc.freeze()  # the child's collector leaves alone what is here, whose memory it would have to copy
            child = os.fork()
            if child == 0:
                _child(cell, where, answers)
            _answer(answers, {"exit": _end_of(child, where.cell_timeout, answers)})
    except BrokenPipeError:  # the runner is gone
        return


def _end_of(child: int, seconds: float | None, answers: int) -> int:
    """Wait for the child and return its exit code; kill it after so many seconds, and say so.

    Shortly before, the child has been told to write where it stands to its log (see ``_child``).
    """
    deadline = None if seconds is None else time.monotonic() + seconds + _GRACE
    while True:
        ended, status = os.waitpid(child, 0 if deadline is None else os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if deadline is not None and time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            _answer(answers, {"problem": f"it was still running after {seconds:g} s (--cell-timeout)"})
            deadline = None
        else:
            time.sleep(_LOOK)


def _job(line: bytes) -> tuple[Cell, ExecutionContext]:
    job = json.loads(line)
    cell, where = Cell.from_json(job["cell"]), ExecutionContext(**job["where"])
    try:  # once here, for all the cells that need it
        load_domains(cell, where)
        _parse_code(cell.spec.method)
        if where.device == "cpu" and sys.platform == "linux":  # elsewhere no process may fork afterwards
            _warm_up(cell.spec.method, canonical_json(dict(cell.spec.params)))
    except Exception:  # noqa: BLE001 - the cell meets the same error, and reports it
        traceback.print_exc()
    return cell, where


@cache
def _parse_code(method: str) -> None:
    """Have the files of a method's code parsed; whether they changed since, each cell looks itself."""
    code_digests(registered()[method].partition(":")[0])


@cache
def _warm_up(method: str, params: str) -> None:
    """Have a configuration do what each of its cells would begin with."""
    kind = method_class(method)
    kind(**method_params(kind, json.loads(params))).warm_up()


def _child(cell: Cell, where: ExecutionContext, answers: int) -> None:
    """Compute one cell and end the process: 0 when its record is stored, whatever its state."""
    code = 1
    try:
        threading.Thread(target=_exit_with_runner, daemon=True).start()
        if where.cell_timeout is not None:
            # in C: it works also where a method blocks Python
            faulthandler.dump_traceback_later(where.cell_timeout)
        store = open_store(where.store, warn=lambda text: _answer(answers, {"warning": redact_secrets(text)}))
        store.on_wait = lambda waits: _answer(answers, {"waits": waits})
        compute(cell, where, store, lambda phase: _answer(answers, {"phase": phase}))
        code = 0
    except LarbenchError as error:  # the store cannot be written, say
        _answer(answers, {"problem": redact_secrets(str(error))})
        traceback.print_exc()
    except BaseException:  # noqa: BLE001 - a forked child must never return into its parent's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _exit_with_runner() -> None:
    lifeline = select.poll()
    lifeline.register(0, 0)  # nothing is sent while a cell runs: only a hang-up ends the wait
    lifeline.poll()
    os._exit(1)


def _answer(answers: int, content: dict[str, Any]) -> None:
    os.write(answers, json.dumps(content).encode() + b"\n")


if __name__ == "__main__":
    main()
