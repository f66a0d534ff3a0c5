"""The check of packages: whatever was changed, lost or added is found and named."""

from __future__ import annotations

import os
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk_app.errors import NotFound, UnusableInput
from desk_app.store.database import Store
from desk_app.submission.packages import build, check, profiles, trees
from tests.packages.desk import CODE, Clock, signed_dossier


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    store = Store(folder / "data", clock=Clock())
    signed_dossier(store, size=700)
    yield store, folder
    store.close()


@pytest.fixture(scope="module")
def zipped(desk):
    store, folder = desk
    return {
        name: build.build(store, CODE, profiles.load(name), folder / "zip").path
        for name in profiles.NAMES
    }


@pytest.fixture(params=profiles.NAMES)
def folder(request, desk, tmp_path):
    store, _ = desk
    profile = profiles.load(request.param)
    return build.build(store, CODE, profile, tmp_path, as_folder=True).path


def found(path):
    return {(fault.code, fault.path) for fault in check.check(path).faults}


def rezip(source, target, change):
    """The same package with other entries: `change` gets name and bytes and yields such pairs."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            for other, data in change(name, old.read(name)):
                new.writestr(other, data)
    return target


def test_a_fresh_package_is_intact(folder, zipped):
    assert found(folder) == set()
    for path in zipped.values():
        assert found(path) == set()


def test_a_flipped_byte_is_found_in_every_file_and_named(folder):
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        for place in (0, len(data) // 2, len(data) - 2):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert name in {where for _, where in found(folder)}, (name, place)
        path.write_bytes(data)
    assert found(folder) == set()


def test_a_deleted_file_is_found_and_named(folder):
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        path.unlink()
        name = path.relative_to(folder).as_posix()
        assert ("MISSING", name) in found(folder)
        path.write_bytes(data)


def test_an_added_file_is_found_and_named(folder):
    (folder / "representations/rep1/data/more.pdf").write_bytes(b"%PDF")
    (folder / "Thumbs.db").write_bytes(b"x")
    assert found(folder) == {
        ("EXTRA", "representations/rep1/data/more.pdf"), ("EXTRA", "Thumbs.db")
    }  # fmt: skip


def test_two_files_that_changed_places_are_found(folder):
    one, other = sorted(folder.glob("representations/rep1/data/*.pdf"))[:2]
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    names = {path.relative_to(folder).as_posix() for path in (one, other)}
    assert found(folder) == {("CHANGED", name) for name in names}


def test_a_renamed_package_and_a_changed_label_are_found(folder):
    mets = folder / "METS.xml"
    mets.write_bytes(mets.read_bytes().replace(b'TYPE="Mixed"', b'TYPE="Mixes"', 1))
    assert found(folder) == {("CHANGED", "METS.xml")}
    moved = folder.rename(folder.with_name("uuid-else"))
    assert ("IDENTITY", "METS.xml") in found(moved)


def test_a_link_is_not_followed(folder):
    victim = next(folder.glob("representations/rep1/data/*.pdf"))
    victim.unlink()
    victim.symlink_to("/etc/passwd")
    name = victim.relative_to(folder).as_posix()
    assert {("NAME", name), ("MISSING", name)} == found(folder)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_flipped_byte_of_any_content_in_a_zip_is_found(zipped, tmp_path_factory, data):
    path = zipped[data.draw(st.sampled_from(profiles.NAMES))]
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = data.draw(st.sampled_from(archive.infolist()))
    start = entry.header_offset + 30 + len(entry.filename.encode())
    place = start + data.draw(st.integers(0, entry.file_size - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    broken = tmp_path_factory.getbasetemp() / "flipped.zip"
    broken.write_bytes(whole)
    assert entry.filename.partition("/")[2] in {where for _, where in found(broken)}


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 0.999), name=st.sampled_from(profiles.NAMES))
def test_a_zip_that_was_cut_off_is_no_package(zipped, tmp_path_factory, cut, name):
    data = zipped[name].read_bytes()
    short = tmp_path_factory.getbasetemp() / "short.zip"
    short.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(UnusableInput):
        check.check(short)


def test_a_deleted_and_a_doubled_entry_of_a_zip_are_found(zipped, tmp_path):
    source = zipped["aip_hoso"]
    target = rezip(
        source, tmp_path / "a.zip", lambda n, d: [] if n.endswith(".2.pdf") else [(n, d)]
    )
    assert [code for code, _ in found(target)] == ["MISSING"]
    with pytest.warns(UserWarning, match="Duplicate"):
        target = rezip(source, tmp_path / "b.zip",
                       lambda n, d: [(n, d)] * (1 + n.endswith(".2.pdf")))  # fmt: skip
    assert [code for code, _ in found(target)] == ["NAME"]


@pytest.mark.parametrize(
    "href", ["../../../out.pdf", "/etc/passwd", "http://x/y", "file:///etc/x", ""]
)
def test_a_reference_that_leaves_the_package_is_refused(zipped, tmp_path, href):
    def change(name, data):
        if name.endswith("rep1/METS.xml"):
            data = data.replace(b'"data/H49.64.33.2026.005160.1.pdf"', b'"%s"' % href.encode())
        yield name, data

    target = rezip(zipped["sip_hoso"], tmp_path / "x.zip", change)
    assert ("REFERENCE", "representations/rep1/METS.xml") in found(target)


def test_an_entry_outside_the_folder_is_odd(zipped, tmp_path):
    target = tmp_path / "x.zip"
    target.write_bytes(zipped["sip_hoso"].read_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        top = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{top}/../../evil", b"x")
        archive.writestr("elsewhere.txt", b"x")
    assert {code for code, _ in found(target)} == {"NAME"}
    assert len(found(target)) == 2


def test_entities_are_refused_unread(folder):
    bomb = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for text in (bomb, bomb.decode().encode("utf-16")):
        (folder / "METS.xml").write_bytes(text)
        assert ("UNREADABLE", "METS.xml") in found(folder)


def test_a_zip_bomb_is_refused_before_it_is_read(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"a/{number}", bytes(50_000_000))
    assert trees.MOST_RATIO * bomb.stat().st_size < 200_000_000
    with pytest.raises(UnusableInput, match="too large"):
        check.check(bomb)


def test_a_file_longer_than_mets_says_is_told_without_reading_it(folder):
    victim = next(folder.glob("representations/rep1/data/*.pdf"))
    os.truncate(victim, 1 << 40)  # sparse: reading it would take hours
    assert found(folder) == {("CHANGED", victim.relative_to(folder).as_posix())}


def test_wrong_counts_and_values_in_the_description_are_found(zipped, tmp_path):
    def change(name, data):
        if name.endswith("EAD.xml"):
            data = data.replace(b"<totalDoc>3<", b"<totalDoc>4<").replace(b"<mode>02<", b"<mode>9<")
        yield name, data

    codes = {code for code, _ in found(rezip(zipped["sip_hoso"], tmp_path / "x.zip", change))}
    assert codes == {"CHANGED", "COUNT", "INVALID"}


def test_nothing_there_and_no_package(tmp_path):
    with pytest.raises(NotFound):
        check.check(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(UnusableInput):
        check.check(tmp_path / "text.zip")
    (tmp_path / "empty").mkdir()
    assert found(tmp_path / "empty") == {("MISSING", "METS.xml")}
