"""Gzip in pieces: any reader gets the same bytes as without."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.ogc.packing import deflated, gzipped
from tests.ogc.municipality import AREAS, INVESTMENTS, SYSTEMS, Town

texts = st.binary(max_size=2000)


@given(texts, st.lists(texts, max_size=8), texts)
def test_pieces_joined_read_as_the_whole(head: bytes, middle: list[bytes], tail: bytes):
    whole = head + b",".join(middle) + tail

    found = gzipped(whole, head, [deflated(one) for one in middle], tail)

    assert gzip.decompress(found) == whole


@pytest.mark.parametrize("name", [AREAS, INVESTMENTS])
@pytest.mark.parametrize("crs", SYSTEMS)
def test_a_compressed_page_holds_what_a_plain_one_does(town: Town, name: str, crs: str):
    def features(encoding: str) -> object:
        answer = town.get(
            f"/collections/{name}/items", {"Accept-Encoding": encoding}, crs=crs, limit=3
        )
        assert answer.headers.get("content-encoding", "identity") == encoding
        return [answer.json()[part] for part in ("features", "links", "numberMatched")]

    plain = features("identity")

    assert features("gzip") == plain
    assert features("gzip") == plain  # now put together of what is remembered


def test_a_part_of_what_is_remembered_is_compressed_too(town: Town):
    gzipped_page = {"Accept-Encoding": "gzip"}
    whole = town.items(AREAS, gzipped_page)

    assert town.items(AREAS, gzipped_page, limit=2) == dict(list(whole.items())[:2])
    assert town.items(AREAS, gzipped_page, code="A10") == {"A10": whole["A10"]}
    assert town.items(AREAS, gzipped_page, code="none") == {}
