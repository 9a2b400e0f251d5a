"""Showing the site on this machine: built into a temporary folder, served on the loopback address alone."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from benchmark.errors import UsageError
from leaderboard import board as boards
from leaderboard.page.build import SITE, write_site

HOST = "127.0.0.1"


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files of one folder, lists no folder, and prints no line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def list_directory(self, path: str) -> None:  # type: ignore[override]
        """Refuse to list what lies in a folder."""
        del path
        self.send_error(404)


def serve_suites(
    places: Sequence[tuple[Path, str]],
    *,
    port: int,
    data_dir: Path | None = None,
    own: Iterable[Path] = (),
    text: bool = True,
) -> None:
    """Build the sites of some suites, each given as (store, suite), and serve them until Ctrl-C.

    Raises ``UsageError`` where the port is taken, and whatever building raises.
    """
    with tempfile.TemporaryDirectory(prefix="larbench-page-") as folder:
        base = Path(folder)
        targets = [base / name for _, name in places]
        for (root, name), target in zip(places, targets, strict=True):
            made = boards.build(root, name, data_dir=data_dir, own=own, views=True)
            boards.write(made, target)  # what the page offers to download
            write_site(made, target, text=text, targets=targets)
        with serving(base, port) as address:
            for _, name in places:
                click.echo(f"{name}: {address}/{name}/{SITE}/index.html")
            click.echo("Ctrl-C ends it.")
            _wait()


@contextmanager
def serving(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder on the loopback address while the block runs; gives its address."""
    import threading

    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        server = ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise UsageError(f"port {port} of {HOST}: {error.strerror}; choose another with --port") from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait() -> None:
    """Wait for Ctrl-C."""
    import time

    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("ended")
