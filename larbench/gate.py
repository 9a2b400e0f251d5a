"""The regression gate as a function, for a project that has results to keep.

In pytest the fixture ``larbench_gate`` does the same and fails the test; installing larbench provides it.
"""

from __future__ import annotations

from pathlib import Path

from larbench.own_harness import require_own_harness

require_own_harness()

from benchmark.gate.check import ALPHA  # noqa: E402
from benchmark.gate.check import check as _check  # noqa: E402
from benchmark.gate.report import NO_EVIDENCE, NOT_MEASURED, REGRESSED, Line, Report  # noqa: E402
from benchmark.lists import Names, Paths, Seeds, as_names, as_paths, as_seeds  # noqa: E402
from benchmark.plan.cell_filter import CellFilter  # noqa: E402
from benchmark.scoring.statistics import PAIRED_RESAMPLES  # noqa: E402

__all__ = ["NOT_MEASURED", "NO_EVIDENCE", "REGRESSED", "Line", "Report", "check"]


def check(
    baseline: str | Path,
    run: str | Path,
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Seeds = None,
    any_seed: bool = False,
    alpha: float = ALPHA,
    resamples: int = PAIRED_RESAMPLES,
    data_dir: str | Path | None = None,
    own: Paths = (),
) -> Report:
    """Say whether a run is worse than a baseline, beyond what chance alone would do.

    Parameters
    ----------
    baseline : str or Path
        ``STORE/SUITE``, the results to hold against.
    run : str or Path
        ``STORE/SUITE``, or a store that holds the baseline's suite.
    methods, domains, settings : str or iterable of str, optional
        Which of the baseline's cells to check; without it all, every one of which must be in the run.
        A string may hold several, with commas between them.
    seeds : int, str or iterable of int, optional
        Which of the baseline's seeds.
    any_seed : bool
        The run may have other seeds than the baseline.
    alpha : float
        The chance that any line fires without cause, between 0 and 1.
    resamples : int
        Of sentences, for the intervals; at least 100.
    data_dir : path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    own : path or iterable of paths
        Folders of your own corpora that cells are of.

    Returns
    -------
    Report
        Its ``verdict`` is ``NO_EVIDENCE``, ``REGRESSED`` or ``NOT_MEASURED``, its ``exit_code`` 0, 1 or 3.
        Whatever keeps it from measuring is in ``reason``, or in the reasons of its ``lines``.

    Raises
    ------
    UsageError
        For an ``alpha`` or a number of resamples that is out of range.

    Examples
    --------
    >>> from larbench.gate import NO_EVIDENCE, check
    >>> check("results/mine", "runs/mine").verdict == NO_EVIDENCE  # doctest: +SKIP
    True
    >>> check("no-results", "no-runs").verdict
    'could not measure'
    """
    only = CellFilter(as_names(methods), as_names(domains), as_names(settings), as_seeds(seeds))
    return _check(
        Path(baseline),
        Path(run),
        only=only,
        any_seed=any_seed,
        alpha=alpha,
        resamples=resamples,
        data_dir=data_dir,
        own=as_paths(own),
    )
