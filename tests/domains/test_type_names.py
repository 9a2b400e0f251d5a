"""Type names as a reader would say them, and those that say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.domains.check import check_domain
from benchmark.domains.type_names import is_readable, readable_name


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("LOCderiv", "loc deriv"),
        ("ORGpart", "org part"),
        ("OTHderiv", "oth deriv"),
        ("LOC", "location"),
        ("HTTPServer", "http server"),
        ("PoliticalParty", "political party"),
        ("DNA", "dna"),
    ],
)
def test_readable(tag: str, said: str) -> None:
    assert readable_name(tag) == said


@pytest.mark.parametrize(("name", "says"), [("type 3", False), ("T", False), ("42", False), ("dna", True)])
def test_what_says_nothing(name: str, says: bool) -> None:
    assert is_readable(name) is says


def test_the_check_warns_of_types_that_say_nothing(tmp_path: Path) -> None:
    file = tmp_path / "train.txt"
    file.write_text("Oslo B-TYPE_3\nsleeps O\n\nAnna B-person\n", encoding="utf-8")
    told = str(check_domain(file))
    assert "type without a readable name (warning): found the type 'TYPE_3'" in told
    assert "'person'" not in told
    assert check_domain(file).ok
