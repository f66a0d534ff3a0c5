from __future__ import annotations

import pickle
import re
from datetime import datetime

import pytest

from desk_app.errors import NotFound, UsageError
from desk_app.submission import profiles

GOOD = """
title = "Kho tỉnh"
adapter = "local"
[local]
folder = "kho"
"""


def written(tmp_path, text, name="tinh.toml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_default_lies_beside_the_data(tmp_path):
    profile = profiles.load(profiles.DEFAULT)
    store = profiles.open_adapter(profile, tmp_path)
    assert (profile.name, store.name, store.folder) == ("local", "local", tmp_path / "store")
    assert pickle.loads(pickle.dumps(profile)) == profile
    assert store.probe().receipt


def test_a_profile_of_the_office(tmp_path):
    profile = profiles.load(str(written(tmp_path, GOOD)))
    assert (profile.name, profile.title, profile.title_en) == ("tinh", "Kho tỉnh", "Kho tỉnh")
    assert not profile.local.create
    assert profiles.open_adapter(profile, tmp_path).folder == tmp_path / "kho"
    absolute = GOOD.replace('"kho"', f"'{tmp_path}/nas'")
    profile = profiles.load(written(tmp_path, absolute))
    assert profiles.open_adapter(profile, tmp_path / "data").folder == tmp_path / "nas"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing adapter"),
        (GOOD.replace("local", "ftp", 1), "adapter 'ftp'"),
        (GOOD.replace('"local"', "7", 1), "adapter .*a string"),
        (GOOD.replace('folder = "kho"', ""), r"\[local\]: .*missing folder"),
        (GOOD.replace('"kho"', '" "'), "folder .*empty"),
        (GOOD.replace('"kho"', '"a\\u0000b"'), "folder .*empty"),
        (GOOD.replace('"kho"', "true"), "folder .*a string"),
        (GOOD + "creat = true", "unknown creat"),
        (GOOD + 'create = "yes"', "create .*true / false"),
        ('color = "red"' + GOOD, "unknown color"),
        ("chunk_bytes = 1" + GOOD, "chunk_bytes 4096"),
        ("chunk_bytes = true" + GOOD, "chunk_bytes .*integer"),
        ('adapter = "local"', "missing local"),
        ('adapter = "local"\nlocal = 3', "local .*a table"),
        ("adapter = ", "not TOML"),
        (b"\xff\xfe", "not UTF-8"),
        ("#" * 70_000, "too large"),
        ("a = " + "[" * 30_000, "not TOML"),
    ],
)
def test_a_bad_profile_is_told_by_its_field(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        profiles.load(written(tmp_path, text))


TUS = """
adapter = "tus"
credentials = "tinh.toml"
[tus]
url = "https://kho.example/files"
[limits]
kbit_per_s = 512
hours = "19:00-06:00"
any_time_up_to_bytes = 2000000
[token]
url = "https://cong.example/token"
[headers]
X-App = "desk"
[registration]
url = "https://cong.example/dang-ky"
[registration.body]
MaHoSo = "{dossier.code}"
[registration.codes]
0 = "done"
"""


def test_a_closed_network_is_an_explicit_setting(tmp_path):
    text = TUS.replace("https://kho.example/files", "http://kho.example/files")
    text = text.replace("[limits]", "plain_http = true\n[limits]")
    assert profiles.load(written(tmp_path, text)).tus.url == "http://kho.example/files"


def test_a_province(tmp_path):
    profile = profiles.load(written(tmp_path, TUS.replace("[limits]", 'ca = "goc.pem"\n[limits]')))
    assert profile.tus.url == "https://kho.example/files"
    assert profile.tus.ca == str(tmp_path / "goc.pem")
    assert profile.registration.codes == {"0": "done"}
    text = TUS.replace("X-App", "Tenant-Id")
    assert profiles.load(written(tmp_path, text)).headers[0].name == "Tenant-Id"
    assert pickle.loads(pickle.dumps(profile)) == profile


@pytest.mark.parametrize(
    ("hour", "largest"), [(18, 2_000_000), (19, None), (23, None), (5, None), (6, 2_000_000)]
)
def test_the_night_window(tmp_path, hour, largest):
    profile = profiles.load(written(tmp_path, TUS))
    assert profile.limits.largest_at(datetime(2026, 3, 2, hour, 0)) == largest
    day = profiles.load(written(tmp_path, TUS.replace("19:00-06:00", "07:00-17:00")))
    assert (day.limits.largest_at(datetime(2026, 3, 2, hour, 0)) is None) == (7 <= hour < 17)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('url = "https://kho.example/files"', "", r"\[tus\]: .*missing url"),
        ("https://kho.example/files", "ftp://kho.example", "no|address"),
        ("https://kho.example/files", "http://kho.example/files", "not encrypted"),
        ("https://cong.example/token", "http://cong.example/token", "not encrypted"),
        ("https://kho.example/files", "https://", "address"),
        ("https://kho.example/files", "https://kho.example:99999/", "address"),
        ("https://kho.example/files", "https://a:b@kho.example/", "password"),
        ("https://kho.example/files", "https://kho..example/", "address"),
        ("https://kho.example/files", "https://kho.example/?a=b", "query"),
        ('"19:00-06:00"', '"7pm"', "hours"),
        ("512", "-1", "kbit_per_s"),
        ('credentials = "tinh.toml"', "", "missing credentials"),
        ('X-App = "desk"', '"X App" = "desk"', "header"),
        ('X-App = "desk"', 'Host = "desk"', "header"),
        ('X-App = "desk"', 'Transfer-Encoding = "chunked"', "header"),
        ('X-App = "desk"', 'upload-offset = "7"', "header"),
        ("[registration.body]", "[registration.body]\nNgay = 2026-01-02", "JSON"),
        ("[registration.body]", "[registration.body]\nSo = nan", "JSON"),
        ('X-App = "desk"', 'X-App = "a\\nb"', "X-App"),
        ('X-App = "desk"', "X-App = {}", "credential"),
        ('X-App = "desk"', "X-App = 7", "table"),
        ("{dossier.code}", "{dossier.cod}", "dossier.cod"),
        ('"done"', '"fine"', "done"),
        ('"done"', '"wait"', "done"),
        ("[registration.body]", "[registration.text]", "missing body"),
        ("[tus]", "[s3]", "missing tus"),
        ('adapter = "tus"', 'adapter = "s3"', "local | tus | usb"),
        ("[limits]", 'verify = "trust"\n[limits]', "verify"),
        ("[limits]", 'receipt_path = "{id}"\n[limits]', "receipt_path"),
        ("[limits]", 'receipt_path = "{key}/{x}"\n[limits]', "receipt_path"),
    ],
)
def test_a_bad_province_is_told_by_its_field(tmp_path, old, new, words):
    assert old in TUS
    with pytest.raises(UsageError, match=words):
        profiles.load(written(tmp_path, TUS.replace(old, new, 1)))


@pytest.mark.parametrize("path", sorted(profiles.FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_profile_that_is_shipped_can_be_read(path):
    assert profiles.load(path.stem).title_en


def test_every_example_in_the_documentation_can_be_read(tmp_path):
    text = (profiles.RESOURCES.parent / "docs" / "profiles.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(# [a-z-]+\.toml.*?)```", text, re.DOTALL)
    assert len(examples) >= 4
    for example in examples:
        profiles.load(written(tmp_path, example))


def test_unknown_names(tmp_path):
    with pytest.raises(NotFound, match="local"):
        profiles.load("province")
    with pytest.raises(NotFound):
        profiles.load(tmp_path / "none.toml")
    with pytest.raises(UsageError):
        profiles.load("../local")
    with pytest.raises(UsageError):
        profiles.load(written(tmp_path, GOOD, name="tỉnh nhà.toml"))
