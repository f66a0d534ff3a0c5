"""Names that read like a trusted one, and names that do not."""

import pytest

from signing.verify.names import is_imitation

AGENCY = "Ủy ban nhân dân xã Yên Hòa"


@pytest.mark.parametrize(
    "name",
    [
        AGENCY,
        "ỦY BAN NHÂN DÂN XÃ YÊN HÒA",
        "Uy ban nhan dan xa Yen Hoa",
        "UBND xã Yên Hòa",
        "U.B.N.D xã Yên Hoà".replace(".", ""),
        "Ủy ban nhân dân хã Yên Hòa",
        "Ủy ban nhân dân xã Yên\u200b Hòa.",
        "Ủy ban nhân dân xã Yên Hòa – Văn thư",
        "Ủyban nhândân xã YênHòa",
    ],
)
def test_imitations(name):
    assert is_imitation(name, AGENCY)


@pytest.mark.parametrize(
    "name", ["", "Ủy ban nhân dân xã Yên Bình", "Sở Tư pháp", "Xã", "Công ty Yên Hòa"]
)
def test_other_names(name):
    assert not is_imitation(name, AGENCY)


def test_a_short_name_within_a_longer_one_is_no_imitation():
    assert not is_imitation("Sở Tư pháp tỉnh Hà Nam", "Hà Nam")
    assert not is_imitation("Nguyễn Văn An", "")
