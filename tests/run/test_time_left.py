"""The time left of a run: the expectation at first, then what its cells took."""

from __future__ import annotations

import pytest

from benchmark.plan.estimate import Expected
from benchmark.run.time_left import TimeLeft


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def simulated(true: float, shared: float, cells: int = 40, jobs: int = 2) -> list[tuple[float, float]]:
    """What is told and what is true, at the start and after each cell; expected: 4 s a cell, 60 s shared."""
    clock = Clock()
    left = TimeLeft(Expected({str(i): 4.0 for i in range(cells)}, 60.0), jobs, clock)
    told = [(left.seconds(), (shared + cells * true) / jobs)]
    clock.now = shared / jobs
    for i in range(cells):
        clock.now += true / jobs
        left.ended(str(i), true)
        told.append((left.seconds(), (cells - 1 - i) * true / jobs))
    return told


def test_it_is_right_where_all_goes_as_expected() -> None:
    for told, true in simulated(4.0, 60.0)[:-2]:  # the last cell is alone
        assert told == pytest.approx(true, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("true", "shared"), [(8.0, 120.0), (2.0, 30.0), (5.0, 50.0)])
def test_a_machine_of_another_speed_is_found_out_in_the_first_half(true: float, shared: float) -> None:
    for told, expected in simulated(true, shared)[20:-2]:
        assert told == pytest.approx(expected, rel=1 / 3)


def test_work_that_cells_share_counts_down_before_any_has_ended() -> None:
    clock = Clock()
    left = TimeLeft(Expected({"a": 10.0, "b": 10.0}, 40.0), 2, clock)
    assert left.seconds() == 30.0
    clock.now = 10.0
    assert left.seconds() == 20.0
    clock.now = 100.0  # longer than expected: what the cells themselves take is still to come
    assert left.seconds() == 10.0


def test_the_last_cell_has_one_core_alone() -> None:
    clock = Clock()
    left = TimeLeft(Expected({"a": 10.0, "b": 10.0}), 2, clock)
    left.ended("a", 10.0)
    assert left.seconds() == 10.0


def test_a_cell_that_was_not_expected_does_no_harm() -> None:
    left = TimeLeft(Expected({"a": 10.0}), 1, Clock())
    left.ended("other", 3.0)
    assert left.seconds() > 0
