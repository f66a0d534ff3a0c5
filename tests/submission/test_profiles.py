from __future__ import annotations

import pickle

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
        (b"\xff\xfe", "not TOML"),
        ("#" * 70_000, "too large"),
        ("a = " + "[" * 30_000, "not TOML"),
    ],
)
def test_a_bad_profile_is_told_by_its_field(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        profiles.load(written(tmp_path, text))


def test_unknown_names(tmp_path):
    with pytest.raises(NotFound, match="local"):
        profiles.load("province")
    with pytest.raises(NotFound):
        profiles.load(tmp_path / "none.toml")
    with pytest.raises(UsageError):
        profiles.load("../local")
    with pytest.raises(UsageError):
        profiles.load(written(tmp_path, GOOD, name="tỉnh nhà.toml"))
