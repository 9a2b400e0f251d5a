"""Runs what a page says is run: in a temporary folder, with this interpreter, without this user's settings.

``pip`` installs into an environment of the page's own, and builds with what is here, without the network.
"""

from __future__ import annotations

import doctest
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from shutil import copytree

from docs_pages import ROOT, Block, Page, commands_of
from own_environment import make_environment, variables

_CHECKER = doctest.OutputChecker()


class Shell:
    """A page's folder, and the environment that its commands run in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        commands = make_environment(folder.with_name(f"{folder.name}-environment"))
        self.environment = {**variables(commands), "PYTHONPATH": ""}
        self._started: list[int] = []  # each command's group of processes

    def follow(self, page: Page) -> None:
        """Do what the page's directives say, from top to bottom; what it left running is then ended."""
        for folder, place in page.given:
            copytree(ROOT / folder, self.folder / place)
        try:
            self._follow(page)
        finally:
            for group in self._started:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGTERM)

    def _follow(self, page: Page) -> None:
        for block in page.blocks:
            place = f"{page.name}:{block.line}"
            if block.verb == "file":
                path = self.folder / block.argument
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.verb == "shows":
                held = (self.folder / block.argument).read_text("utf-8")
                assert held == block.text, f"{place}: {block.argument} holds\n{held}"
            elif block.verb == "run" and block.language == "python":
                self._python(block.text, place)
            elif block.verb == "run":
                self._console(block, place)
        if cells := [block for block in page.blocks if block.verb == "cell"]:
            self._python("".join(block.text for block in cells), f"{page.name}:{cells[0].line}")

    def _python(self, text: str, place: str) -> None:
        script = self.folder / "page_script.py"
        script.write_text(text, encoding="utf-8")
        self._check("python page_script.py", "", 0, place)
        script.unlink()

    def _console(self, block: Block, place: str) -> None:
        wanted = int(block.argument.removeprefix("exit ")) if block.argument else 0
        commands = list(commands_of(block))
        assert commands, f"{place}: nothing to run"
        for number, (command, expected) in enumerate(commands, start=1):
            self._check(command, expected, wanted if number == len(commands) else 0, place)

    def _check(self, command: str, expected: str, code: int, place: str) -> None:
        done = subprocess.Popen(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self._started.append(done.pid)
        output, _ = done.communicate()
        assert done.returncode == code, f"{place}: {command}: exit code {done.returncode}\n{output}"
        found = _plain(output)
        if expected and not _CHECKER.check_output(_plain(expected), found, doctest.ELLIPSIS):
            raise AssertionError(f"{place}: {command}\n--- the page says\n{expected}\n--- it prints\n{found}")


def _plain(text: str) -> str:
    """Return the text without white space at the ends of lines and of the whole."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"
