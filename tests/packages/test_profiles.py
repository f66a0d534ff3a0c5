"""Profiles of packages: data of an office over data of the law."""

from __future__ import annotations

import pytest

from desk_app.errors import NotFound, UsageError
from desk_app.submission.packages import profiles


@pytest.mark.parametrize("name", profiles.NAMES)
def test_shipped_profiles_load(name):
    profile = profiles.load(name)
    assert profile.has_premis == (profile.kind == "AIP")
    assert profile.dossier_defaults["maintenance"] == "01"


def test_an_office_writes_only_what_differs(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text('base = "sip_goi_mau"\n[office]\nfonds = "P_KHCN"\naccount = "cvlt"\n')
    mine, base = profiles.load(path), profiles.load("sip_goi_mau")
    assert (mine.office.fonds, mine.office.account) == ("P_KHCN", "cvlt")
    assert (mine.mets, mine.schemas, mine.document) == (base.mets, base.schemas, base.document)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "kind"), ("base = 'aip_hoso'\nkind = 'DIP'", "kind"), ("x = = 1", "TOML"),
        ("base = 'aip_hoso'\n[office]\nunknown = 'x'", "unknown"),
        ("base = 'aip_hoso'\n[names]\ndata = '{oops}.pdf'", "oops"),
        ("base = 'aip_hoso'\n[names]\ndata = '{doc_id'", "data"),
        ("base = 'aip_hoso'\n[mets]\ntype = 7", "type"),
        ("base = 'aip_hoso'\nnames = 'x'", "names"),
        ("base = 'aip_hoso'\n[mets]\nadministrative = 'some'", "administrative"),
        ("base = 'sip_hoso'\n[mets]\nadministrative = 'premis'", "premis"),
        ("base = 'mine.toml'", "mine.toml"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_told_with_its_field(tmp_path, monkeypatch, text, word):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=word):
        profiles.load("mine.toml")


def test_no_such_profile():
    with pytest.raises(NotFound):
        profiles.load("dip_hoso")
    with pytest.raises(UsageError):
        profiles.load("../aip_hoso")
