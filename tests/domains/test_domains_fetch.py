"""Fetching from a local HTTP server that can serve rightly, corrupt, cut, and answer with errors."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmark.cli.data import data
from benchmark.domains import crossner, fetch
from benchmark.domains.open_corpora.load import NAMES, stated_of
from benchmark.errors import InputError, UsageError

FILES = {
    f"{domain}/{split}.txt": f"{domain}\tB-x\n{split}\tO\n\n".encode() * 2000
    for domain in ("politics", "music")
    for split in ("train", "dev", "test")
}


@dataclass
class Mirror:
    """A server whose ``behave`` may answer a request itself; it returns True where it did."""

    files: dict[str, bytes]
    behave: Callable[[BaseHTTPRequestHandler, str], bool] = lambda handler, name: False
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


def answer(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content_Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def handler_for(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/base/")
            wanted = self.headers.get("Range")
            mirror.requests.append((name, wanted))
            if mirror.behave(self, name):
                return
            body = mirror.files.get(name)
            if body is None:
                answer(self, b"not here", 404)
                return
            first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if first >= len(body):
                answer(self, b"", 416)
            elif first:
                place = f"bytes {first}-{len(body) - 1}/{len(body)}"
                answer(self, body[first:], 206, Content_Range=place)
            else:
                answer(self, body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def serve() -> Iterator[Callable[..., Mirror]]:
    servers = []

    def start(files: dict[str, bytes] = FILES, behave: Callable[..., bool] | None = None) -> Mirror:
        mirror = Mirror(files)
        if behave is not None:
            mirror.behave = behave
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(mirror))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}/base"
        return mirror

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def pins(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = {name: hashlib.sha256(body).hexdigest() for name, body in FILES.items()}
    monkeypatch.setattr(crossner, "pinned_hashes", lambda: pinned)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def get(folder: Path, *mirrors: Mirror) -> fetch.FetchReport:
    return fetch.fetch_crossner(folder, mirrors=[m.url for m in mirrors], official=False, pause=0)


def on_disk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.txt*")}


def cut_once(at: int) -> Callable[[BaseHTTPRequestHandler, str], bool]:
    """Break off the first answer for each file after ``at`` bytes."""
    seen: set[str] = set()

    def behave(handler: BaseHTTPRequestHandler, name: str) -> bool:
        if name in seen:
            return False
        seen.add(name)
        answer(handler, FILES[name][:at], Content_Length=str(len(FILES[name])))
        return True

    return behave


def test_all_files_are_fetched_and_a_second_call_asks_for_nothing(tmp_path, serve):
    mirror = serve()
    report = get(tmp_path, mirror)
    assert on_disk(tmp_path) == FILES
    assert report.fetched == dict.fromkeys(FILES, mirror.url)
    assert not report.present and not report.troubles
    mirror.requests.clear()
    again = get(tmp_path, mirror)
    assert set(again.present) == set(FILES) and not again.fetched and not mirror.requests


def test_only_what_is_missing_or_differs_is_fetched(tmp_path, serve):
    mirror = serve()
    get(tmp_path, mirror)
    mirror.requests.clear()
    (tmp_path / "music/dev.txt").unlink()
    (tmp_path / "music/test.txt").write_bytes(b"edited")
    report = get(tmp_path, mirror)
    assert sorted(report.fetched) == ["music/dev.txt", "music/test.txt"]
    assert sorted(name for name, _ in mirror.requests) == ["music/dev.txt", "music/test.txt"]
    assert on_disk(tmp_path) == FILES


def test_a_corrupted_file_is_named_and_the_next_mirror_is_asked(tmp_path, serve):
    bad = serve(FILES | {"music/dev.txt": b"x" + FILES["music/dev.txt"][1:]})
    good = serve()
    report = get(tmp_path, bad, good)
    assert on_disk(tmp_path) == FILES
    assert report.fetched["music/dev.txt"] == good.url
    assert [name for name, _ in good.requests] == ["music/dev.txt"]
    assert [name for name, _ in bad.requests].count("music/dev.txt") == 1, (
        "a wrong file is not asked for twice"
    )
    (trouble,) = report.troubles
    assert "music/dev.txt" in trouble and bad.url in trouble and "SHA-256" in trouble


def test_a_corrupted_file_everywhere_is_an_error_and_no_file(tmp_path, serve):
    bad = serve(FILES | {"music/dev.txt": b"something else"})
    with pytest.raises(InputError) as caught:
        get(tmp_path, bad)
    told = str(caught.value)
    assert "music/dev.txt" in told and bad.url in told and "--mirror" in told and "LARBENCH_DATA" in told
    assert hashlib.sha256(b"something else").hexdigest() in told
    assert caught.value.exit_code == 2
    held = on_disk(tmp_path)
    assert held == {name: body for name, body in FILES.items() if name != "music/dev.txt"}


def test_a_cut_connection_is_continued_where_it_broke(tmp_path, serve):
    mirror = serve(behave=cut_once(20_000))
    get(tmp_path, mirror)
    assert on_disk(tmp_path) == FILES
    asked = [wanted for name, wanted in mirror.requests if name == "music/dev.txt"]
    assert asked == [None, "bytes=16384-"], "what came before the cut is kept, but for less than a chunk"


def test_a_connection_cut_every_time_ends_after_three_attempts_and_leaves_no_file(tmp_path, serve):
    def always(handler: BaseHTTPRequestHandler, name: str) -> bool:
        answer(handler, b"", Content_Length="5000")
        return True

    mirror = serve(behave=always)
    with pytest.raises(InputError, match="cut"):
        get(tmp_path, mirror)
    assert len(mirror.requests) == fetch.ATTEMPTS * len(FILES)
    assert not list(tmp_path.rglob("*.txt"))


def test_a_later_run_continues_what_an_earlier_one_left(tmp_path, serve):
    (tmp_path / "politics").mkdir()
    (tmp_path / "politics/train.txt.part").write_bytes(FILES["politics/train.txt"][:777])
    mirror = serve()
    get(tmp_path, mirror)
    assert ("politics/train.txt", "bytes=777-") in mirror.requests
    assert on_disk(tmp_path) == FILES


@pytest.mark.parametrize("left", [b"of another file", b"z" * 10**6, FILES["politics/train.txt"]])
def test_a_part_that_does_not_fit_is_thrown_away(tmp_path, serve, left):
    (tmp_path / "politics").mkdir()
    (tmp_path / "politics/train.txt.part").write_bytes(left)
    get(tmp_path, serve())
    assert on_disk(tmp_path) == FILES


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole(tmp_path, serve):
    def whole(handler: BaseHTTPRequestHandler, name: str) -> bool:
        answer(handler, FILES[name])
        return True

    (tmp_path / "politics").mkdir()
    (tmp_path / "politics/train.txt.part").write_bytes(FILES["politics/train.txt"][:777])
    get(tmp_path, serve(behave=whole))
    assert on_disk(tmp_path) == FILES


def test_a_server_that_sends_another_range_is_asked_for_the_whole(tmp_path, serve):
    def shifted(handler: BaseHTTPRequestHandler, name: str) -> bool:
        if "Range" not in handler.headers:
            return False
        answer(handler, FILES[name][5:], 206, Content_Range=f"bytes 5-99/{len(FILES[name])}")
        return True

    (tmp_path / "politics").mkdir()
    (tmp_path / "politics/train.txt.part").write_bytes(FILES["politics/train.txt"][:777])
    get(tmp_path, serve(behave=shifted))
    assert on_disk(tmp_path) == FILES


def test_404_is_not_retried_and_the_next_mirror_is_asked(tmp_path, serve):
    lacking = serve({name: body for name, body in FILES.items() if "music" not in name})
    good = serve()
    report = get(tmp_path, lacking, good)
    assert on_disk(tmp_path) == FILES
    assert all("HTTP 404" in trouble for trouble in report.troubles) and len(report.troubles) == 3
    assert [name for name, _ in lacking.requests].count("music/train.txt") == 1


def test_500_is_retried(tmp_path, serve):
    failed: list[str] = []

    def once(handler: BaseHTTPRequestHandler, name: str) -> bool:
        if name in failed:
            return False
        failed.append(name)
        answer(handler, b"", 503)
        return True

    report = get(tmp_path, serve(behave=once))
    assert on_disk(tmp_path) == FILES and not report.troubles


def test_a_mirror_out_of_reach_is_asked_for_one_file_only(tmp_path, serve):
    good = serve()
    lines: list[str] = []
    report = fetch.fetch_crossner(
        tmp_path, mirrors=["http://127.0.0.1:1/x", good.url], official=False, pause=0, say=lines.append
    )
    assert on_disk(tmp_path) == FILES
    assert len(report.troubles) == 1 and "cannot be reached" in report.troubles[0]
    assert len(lines) == len(FILES) + 1


def test_too_much_data_is_refused(tmp_path, serve, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="more than 100 bytes"):
        get(tmp_path, serve())
    assert not list(tmp_path.rglob("*.txt"))


def test_a_mirror_must_be_an_address_and_its_password_is_not_shown(tmp_path):
    with pytest.raises(UsageError, match="http"):
        fetch.fetch_crossner(tmp_path, mirrors=["/some/folder"])
    with pytest.raises(UsageError, match="--mirror"):
        fetch.fetch_crossner(tmp_path, official=False)
    with pytest.raises(InputError) as caught:
        fetch.fetch_crossner(
            tmp_path, mirrors=["http://me:secret@127.0.0.1:1/x?k=v"], official=False, pause=0
        )
    assert "secret" not in str(caught.value) and "k=v" not in str(caught.value)


def test_public_corpora_are_fetched_by_name_from_their_own_repositories(tmp_path, serve, monkeypatch):
    bodies = {"wnut17/wnut17train.conll": b"Ann\tB-person\n", "anem/AnEM.test": b"heart\tB-Organ\n"}
    places = {name: f"owner/{'c' * 40}/{name}" for name in bodies}
    pins = tmp_path / "pins"
    pins.write_text(
        "".join(f"{hashlib.sha256(body).hexdigest()}  {n}  {places[n]}\n" for n, body in bodies.items())
    )
    monkeypatch.setattr(fetch, "OPEN_FILES", pins)
    official = serve({places[name]: body for name, body in bodies.items()})
    monkeypatch.setattr(fetch, "_GITHUB", official.url)
    report = fetch.fetch_open(["wnut17"], tmp_path / "open", pause=0)
    assert [*report.fetched] == ["wnut17/wnut17train.conll"]
    assert (tmp_path / "open/wnut17/wnut17train.conll").read_bytes() == bodies["wnut17/wnut17train.conll"]
    mirror = serve(bodies)
    again = fetch.fetch_open(destination=tmp_path / "open", mirrors=[mirror.url], official=False, pause=0)
    assert (again.present, [*again.fetched]) == (("wnut17/wnut17train.conll",), ["anem/AnEM.test"])
    with pytest.raises(UsageError, match="did you mean wnut17"):
        fetch.fetch_open(["wnut"], tmp_path)


def test_every_public_corpus_has_pinned_files():
    lines = [line.split() for line in fetch.OPEN_FILES.read_text().splitlines()]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest, _, _ in lines)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+/[0-9a-f]{40}/.+", place) for _, _, place in lines)
    assert {name.partition("/")[0] for _, name, _ in lines} == set(fetch.OPEN_FOLDERS)
    there = {name for _, name, _ in lines}
    for name in NAMES:
        folder, stated = stated_of(name)
        named = () if stated.files is None else (stated.files.train, stated.files.dev, stated.files.test)
        assert {f"{folder}/{file}" for file in named if file} <= there


def test_a_folder_that_cannot_be_written_is_told(tmp_path, serve):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--data-dir"):
        get(tmp_path / "file", serve())


def test_the_command_fetches_and_says_what_next(tmp_path, serve):
    mirror = serve()
    arguments = ["fetch", "--data-dir", str(tmp_path), "--mirror", mirror.url, "--only-mirrors"]
    result = CliRunner().invoke(data, arguments)
    assert result.exit_code == 0, result.output
    assert "6 files fetched" in result.output and "LARBENCH_DATA" in result.output
    again = CliRunner().invoke(data, [*arguments, "--json"])
    assert '"fetched": {}' in again.output


def test_the_default_place_is_the_platform_cache(tmp_path, serve, monkeypatch):
    monkeypatch.setattr(crossner, "cache_dir", lambda: tmp_path / "cache")
    fetch.fetch_crossner(mirrors=[serve().url], official=False)
    assert on_disk(tmp_path / "cache") == FILES
