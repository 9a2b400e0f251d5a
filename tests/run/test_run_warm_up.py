"""What a worker process has a method do once, before it forks the processes of its cells."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from baselines.direct import Direct
from benchmark.run import worker_main


class Warm(Direct):
    made: ClassVar[list[dict[str, Any]]] = []

    def warm_up(self) -> None:
        self.made.append(self.get_params())


def test_each_configuration_is_warmed_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_main, "method_class", lambda name: Warm)
    for params in ('{"epochs":1}', '{"epochs":1}', '{"epochs":2}'):
        worker_main._warm_up("warm", params)
    assert [params["epochs"] for params in Warm.made] == [1, 2]
