"""Levels of government told from the subject of a certificate."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signing import levels
from signing.certificates import fingerprint
from signing.errors import PolicyViolated
from tests.signing.pki import Authority, ec_key

BEFORE = dt.datetime(2025, 6, 30, 16, 59, tzinfo=dt.UTC)
AFTER = dt.datetime(2025, 6, 30, 17, 0, tzinfo=dt.UTC)  # midnight of 1 July in Vietnam
OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "title": NameOID.TITLE,
}


@pytest.fixture(scope="module")
def certify():
    authority = Authority.new()

    def make(*parts):
        name = x509.Name([x509.NameAttribute(OIDS[key], value) for key, value in parts])
        return authority.certify(name, ec_key().public_key())

    return make


@pytest.mark.parametrize(
    ("agency", "level"),
    [
        ("Ủy ban nhân dân tỉnh Quảng Ninh", "province"),
        ("UBND Thành phố Hà Nội", "province"),
        ("Sở Tư pháp", "department"),
        ("SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", "department"),
        ("UBND huyện Đông Anh", "district"),
        ("Ủy ban nhân dân xã Yên Hòa", "commune"),
        ("UY BAN NHAN DAN PHUONG O CHO DUA", "commune"),
        ("Ủy  ban   nhân dân phường Ô Chợ Dừa", "commune"),
        ("Phòng Tư pháp", "unit"),
        ("Trung tâm Phục vụ hành chính công xã Yên Hòa", "commune"),
        ("Trung tâm Phục vụ hành chính công tỉnh", "unit"),
        ("Trường THPT Chu Văn An", "unit"),
        ("Công ty cổ phần Xã Hội", "unknown"),
        ("Phương Đông", "unknown"),
        ("Xãhội", "unknown"),
    ],
)
def test_level_of_an_agency(agency, level, certify):
    certificate = certify(("O", agency), ("CN", "Nguyễn Văn An"))
    for spelt in (certificate, certify(("O", unicodedata.normalize("NFD", agency)))):
        assert levels.level_of(spelt, BEFORE).level == level


def test_the_nearest_agency_decides(certify):
    certificate = certify(
        ("O", "UBND tỉnh Bắc Ninh"),
        ("OU", "UBND xã Yên Phong"),
        ("CN", "Nguyễn Văn An"),
        ("title", "Chủ tịch"),
    )
    found = levels.level_of(certificate, AFTER)
    assert (found.level, found.agency, found.title) == ("commune", "UBND xã Yên Phong", "Chủ tịch")
    unknown_unit = certify(("O", "UBND tỉnh Bắc Ninh"), ("OU", "Lãnh đạo"))
    assert levels.level_of(unknown_unit, AFTER).level == "province"


def test_district_until_it_was_abolished(certify):
    certificate = certify(("O", "UBND quận Ba Đình"))
    assert not levels.level_of(certificate, BEFORE).abolished
    after = levels.level_of(certificate, AFTER)
    assert (after.level, after.abolished) == ("district", True)


def test_a_look_alike_letter_is_not_recognised(certify):
    assert levels.level_of(certify(("O", "UBND хã Yên Hòa")), AFTER).level == "unknown"


def test_a_persons_name_is_no_agency(certify):
    for name in ("Phường Văn An", "Phuong Anh"):
        assert levels.level_of(certify(("CN", name), ("O", "VNPT")), AFTER).level == "unknown"


def test_profile_of_a_province(certify, tmp_path):
    known = certify(("O", "Chi nhánh 7"), ("ST", "Hà Nội"))
    text = (levels._PROVINCES / "common.toml").read_text(encoding="utf-8")
    path = tmp_path / "hanoi.toml"
    text = text.replace('name = "common"', 'name = "hanoi"\nplaces = ["Hà Nội"]')
    entry = f'\n[[certificate]]\nsha256 = "{fingerprint(known).upper()}"\nlevel = "department"\n'
    path.write_text(text + entry, encoding="utf-8")
    hanoi = levels.load_province(path)
    assert levels.level_of(known, AFTER, hanoi).level == "department"
    here = certify(("O", "UBND phường Cửa Nam"), ("L", "THÀNH PHỐ HÀ NỘI"))
    there = certify(("O", "UBND phường Cửa Nam"), ("L", "Thành phố Huế"))
    assert levels.level_of(here, AFTER, hanoi).level == "commune"
    assert levels.level_of(there, AFTER, hanoi).level == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name = 1",
        'name="x"\nversion=1\nagency_attributes=["CNX"]\nlevel=[]',
        'name="x"\nversion=1\nagency_attributes=["O"]\n[[level]]\nid="king"\nvi=""\nen=""\nagencies=[]',
        'name="x"\nversion=1\nagency_attributes=["O"]\n'
        '[[level]]\nid="unit"\nvi="x"\nen="x"\nagencies=["-"]',
        'name="x"\nversion=1\nagency_attributes=["O"]\n'
        '[[level]]\nid="unit"\nvi="x"\nen="x"\nagencies=["a"]\nuntil="soon"',
    ],
)
def test_bad_profile_is_one_sentence(text, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyViolated) as caught:
        levels.load_province(path)
    assert "bad.toml" in caught.value.vi
    with pytest.raises(PolicyViolated):
        levels.load_province("nowhere")
