"""Codes and names: letters that were broken, zeros that were lost, and what only looks so."""

import hypothesis
import hypothesis.strategies as st
import pytest

from portfolio.areas.lost_zeros import lost_zeros, lost_zeros_of
from portfolio.areas.mojibake import mend

SWEDISH_WORD = st.text("abcdefghijklmnopqrstuvwxyzåäö", max_size=12).map("By{}".format)


@hypothesis.given(word=SWEDISH_WORD, read_as=st.sampled_from(["latin-1", "cp437", "cp850"]))
def test_utf_8_read_as_anything_is_told_to_be_utf_8(word, read_as):
    broken = word.encode().decode(read_as)

    mending = mend(broken)

    if word.isascii():
        assert mending is None
    else:
        assert mending is not None
        assert (mending.text, mending.encoding) == (word, "UTF-8")


@hypothesis.given(
    word=SWEDISH_WORD,
    misreading=st.sampled_from(
        [
            ("latin-1", "cp850", "ISO-8859-1"),
            ("latin-1", "cp437", "ISO-8859-1"),
            ("cp850", "latin-1", "CP850"),
            ("cp437", "latin-1", "CP850"),
        ]
    ),
)
def test_single_bytes_read_in_another_encoding_are_mended(word, misreading):
    written, read_as, named = misreading
    broken = word.encode(written).decode(read_as)

    mending = mend(broken)

    if word.isascii():
        assert mending is None
    else:
        assert mending is not None
        assert (mending.text, mending.encoding) == (word, named)


@hypothesis.given(text=st.text(max_size=60))
def test_no_text_whatever_stops_the_reading(text):
    mending = mend(text)

    assert mending is None or mending.text != text


@pytest.mark.parametrize(
    "name",
    [
        "Rosengård",
        "MALMÖ–LUND",
        "Vuoššajávri",
        "Kvarteret ”Ugglan”",
        "Café Olé",
        "Tärnaby 5°",
        "Ærøgatan",
        "Íslandsgatan",
        "",
    ],
)
def test_names_that_are_right_are_left_in_peace(name):
    assert mend(name) is None


@pytest.mark.parametrize(
    ("codes", "lost"),
    [
        (["0114", "180", "1280"], {"180": "0180"}),
        (["114", "180", "1280"], {"114": "0114", "180": "0180"}),
        (["11801", "128001"], {"11801": "011801"}),
        (["114A0010", "1280C1010"], {"114A0010": "0114A0010"}),
        (["01", "2", "10"], {"2": "02"}),
        ([str(number) for number in range(1, 1200)], {}),
        ([str(number) for number in range(990, 1010)], {}),
        (["1", "12", "123"], {}),
        (["A1", "B22"], {}),
        (["180", "0180"], {}),
        ([], {}),
    ],
)
def test_only_codes_that_surely_lost_zeros_are_named(codes, lost):
    assert lost_zeros(codes) == lost


def test_codes_are_compared_with_those_that_are_known():
    assert lost_zeros_of(["7", "8", "10"], ["007", "8", "10"]) == {"7": "007"}
