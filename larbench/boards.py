"""Results as data: the scored cells of a suite, and where two of its rows differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.lists import Names, Paths, as_names, as_paths

if TYPE_CHECKING:
    from leaderboard.analyses.compare import Comparison
    from leaderboard.results.results import Results


def results(
    path: str | Path,
    *,
    methods: Names = None,
    domains: Names = None,
    data_dir: str | Path | None = None,
    own: Paths = (),
) -> Results:
    """Load and measure the stored cells of a suite and of its submissions, once.

    Parameters
    ----------
    path : str or Path
        The suite in its store, as ``runs/sample``; a folder or a URL.
    methods, domains : str or iterable of str, optional
        Only these rows, by label or method, and these domains: averages and ties are among them.
    data_dir : str or Path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    own : path or iterable of paths
        Folders of your own corpora that cells are of.

    Returns
    -------
    Results
        ``frame()`` gives them as a pandas data frame, a line for each cell.

    Raises
    ------
    InputError
        Where ``path`` holds no results, or the corpora are not here.
    UsageError
        For a row or a domain that is not there.

    Examples
    --------
    >>> import larbench
    >>> frame = larbench.results("results/sample").frame()  # doctest: +SKIP
    """
    from benchmark.store.open_store import local_path
    from leaderboard.results.load import load
    from leaderboard.results.selection import Selection

    folder = local_path(path)
    selection = Selection(as_names(domains) or (), as_names(methods) or ())
    return load(folder.parent, folder.name, data_dir=data_dir, own=as_paths(own), selection=selection)


def compare(
    path: str | Path,
    first: str,
    second: str,
    *,
    setting: str | None = None,
    against: str | None = None,
    examples: int = 3,
    data_dir: str | Path | None = None,
    own: Paths = (),
) -> list[Comparison]:
    """Say where two rows of a suite differ: domains, types, sentences, with the paired test.

    Parameters
    ----------
    path : str or Path
        The suite in its store, as ``runs/sample``; a folder or a URL.
    first, second : str
        The rows' labels, or "label (backbone)" where several backbones share one.
    setting : str, optional
        Only this setting; without it, every one that both rows have.
    against : str, optional
        The setting of the second row, where it is another than ``setting``, that of the first.
    examples : int
        Sentences to show of those that only the first has right, and again of the second.
    data_dir : str or Path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    own : path or iterable of paths
        Folders of your own corpora. With any of them, other domains of your own are left out.

    Returns
    -------
    list of Comparison
        One a setting; one alone with ``against``.

    Raises
    ------
    UsageError
        For a row or a setting that is not there.
    InputError
        For damaged files, and where the corpora are not here.

    Examples
    --------
    >>> import larbench
    >>> found = larbench.compare("results/sample", "lar-direct", "fine-tune")  # doctest: +SKIP
    """
    from benchmark.store.open_store import local_path
    from leaderboard.analyses.compare import compare as compare_rows

    folder = local_path(path)
    return compare_rows(
        folder.parent,
        folder.name,
        first,
        second,
        setting=setting,
        against=against,
        data_dir=data_dir,
        own=as_paths(own),
        examples=examples,
    )
