"""Codes are checked and taken apart, never rewritten."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.dossiers import codes
from desk_app.errors import UsageError

ORGS = st.from_regex(r"(?:[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.)?[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}",
                     fullmatch=True)  # fmt: skip


@pytest.mark.parametrize(
    "code",
    ["000.17.22.H56-210531-0001", "000.00.14.H56-200203-0118", "H49.64-261120-0147"],
)
def test_published_dossier_codes_are_kept_as_they_are(code):
    assert codes.check_dossier_code(code) == code


@pytest.mark.parametrize(
    "code",
    ["", "H49.64-2611-0147", "h49.64-261120-0147", "H49.64-261120-147", "H49.64-261120-0147 ",
     "H49.64-261120-0147\n", "H49.64-٢٦١١٢٠-0147", "../H49-261120-0147"],
)  # fmt: skip
def test_other_texts_are_refused(code):
    with pytest.raises(UsageError):
        codes.check_dossier_code(code)


@pytest.mark.parametrize(
    "code",
    ["1.001193", "1.002891.000.00.00.H40", "2.000815.000.00.00.H55", "1.000001.000.00.00.H55.02"],
)
def test_published_procedure_codes_are_kept(code):
    assert codes.check_procedure_code(code) == code


@pytest.mark.parametrize("code", ["", "1.1193", "1.001193.H40", "1.001193\n"])
def test_other_procedure_codes_are_refused(code):
    with pytest.raises(UsageError):
        codes.check_procedure_code(code)


@given(ORGS, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 999_999))
def test_a_new_code_comes_apart_into_what_it_was_made_of(org, day, sequence):
    code = codes.next_code(org, day, sequence)
    parts = codes.parse_dossier_code(code)
    assert (parts.org, parts.received_on, int(parts.sequence)) == (org, day, sequence)
    assert str(parts) == code


@pytest.mark.parametrize(("org", "sequence"), [("H49 64", 1), ("", 1), ("H49", 0), ("H49", 10**6)])
def test_a_new_code_is_not_made_of_nonsense(org, sequence):
    with pytest.raises(UsageError):
        codes.next_code(org, date(2026, 1, 5), sequence)


def test_six_digits_that_are_no_day_are_kept_without_a_date():
    assert codes.parse_dossier_code("H49-269999-0001").received_on is None
