"""What is vendored is what its README says, so that nobody mends it unseen."""

import hashlib
import re
from pathlib import Path

import pytest

from portfolio.web.pages import PAGE_FILES, STATIC

SUM = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)


@pytest.mark.parametrize("readme", [PAGE_FILES / "vendor" / "README.md", STATIC / "README.md"])
def test_each_vendored_file_has_the_sum_that_is_written(readme: Path):
    sums = dict(SUM.findall(readme.read_text("utf-8")))

    assert sums
    for name, written in sums.items():
        assert hashlib.sha256((readme.parent / name).read_bytes()).hexdigest() == written, name


def test_every_file_in_vendor_is_listed():
    vendor = PAGE_FILES / "vendor"
    listed = {name for name, _ in SUM.findall((vendor / "README.md").read_text("utf-8"))}
    there = {
        path.relative_to(vendor).as_posix()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert there == listed
