"""Packages as they lie on disk: complete, valid, the same each time, never over something else."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import subprocess
import zipfile

import pytest
from lxml import etree

from desk_app.errors import Interrupted, NotAllowed, NotFound, StorageError
from desk_app.store import audit, dossiers
from desk_app.submission.packages import build, describe, profiles
from desk_app.submission.packages.describe import Given
from tests.packages.desk import CODE, add_dossier, pdf, signed_dossier

MARK = re.compile(
    rb'SIZE="(\d+)" CREATED="[^"]+" CHECKSUM="([0-9A-F]{64})" CHECKSUMTYPE="SHA-256"'
    rb'(?:>\s*<FLocat LOCTYPE="URL")? xlink:type="simple" xlink:href="([^"]+)"'
)
XSD = {"aip_hoso": "METS.xsd", "sip_hoso": "METS.xsd", "sip_goi_mau": "mets1_12.xsd"}


def make(store, out, name, **how):
    return build.build(store, CODE, profiles.load(name), out, **how)


@pytest.fixture(params=profiles.NAMES)
def name(request):
    return request.param


@pytest.fixture
def package(store, tmp_path, name):
    signed_dossier(store)
    return make(store, tmp_path / "out", name, as_folder=True)


def text(package, path):
    return (package.path / path).read_text(encoding="utf-8")


def test_every_file_stands_in_a_mets_with_its_size_and_upper_case_hash(package):
    told = {"METS.xml"}
    for mets in (package.path / "METS.xml", package.path / "representations/rep1/METS.xml"):
        for size, digest, href in MARK.findall(mets.read_bytes()):
            data = (mets.parent / href.decode()).read_bytes()
            assert len(data) == int(size)
            assert hashlib.sha256(data).hexdigest().upper() == digest.decode()
            told.add((mets.parent / href.decode()).relative_to(package.path).as_posix())
    there = {p.relative_to(package.path).as_posix() for p in package.path.rglob("*") if p.is_file()}
    assert there == told
    assert package.files == len(there)


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
def test_a_second_validator_finds_every_xml_valid_against_the_schemas_inside(package, name):
    schemas = profiles.load(name).schemas
    files = {"mets": ["METS.xml", "representations/rep1/METS.xml"],
             "dossier": ["metadata/descriptive/EAD.xml"],
             "document": [str(p) for p in package.path.rglob("EAD_*.xml")],
             "premis": [str(p) for p in package.path.rglob("PREMIS*.xml")]}  # fmt: skip
    for what, paths in files.items():
        if paths:
            command = ["xmllint", "--noout", "--nonet", "--schema", f"schemas/{schemas[what]}"]
            done = subprocess.run(
                [*command, *paths], cwd=package.path, capture_output=True, text=True, timeout=60
            )
            assert done.returncode == 0, done.stderr


def test_the_schema_locations_lead_to_schemas_of_the_package(package):
    for path in ("METS.xml", "representations/rep1/METS.xml"):
        root = etree.fromstring((package.path / path).read_bytes())
        places = root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation").split()
        assert places[::2]
        for place in places[1::2]:
            assert ((package.path / path).parent / place).is_file()


def test_the_signed_files_are_inside_byte_for_byte(package):
    seed = 1000 * sum(CODE.encode())
    data = sorted(p.read_bytes() for p in package.path.glob("representations/rep1/data/*.pdf"))
    assert data == sorted(pdf(seed + n) for n in range(3))


def test_an_aip_has_preservation_metadata_and_a_sip_none(package, name):
    found = {p.name for p in package.path.rglob("PREMIS*.xml")}
    assert found == ({"PREMIS.xml", "PREMIS_rep1.xml"} if name == "aip_hoso" else set())
    amd = re.findall(r"<amdSec[^>]*?/?>", text(package, "METS.xml"))
    assert len(amd) == {"aip_hoso": 1, "sip_hoso": 0, "sip_goi_mau": 1}[name]
    assert amd == [] or amd[0].endswith("/>") == (name == "sip_goi_mau")


def test_ids_and_names_follow_the_profile(package, name):
    object_id = etree.fromstring((package.path / "METS.xml").read_bytes()).get("OBJID")
    uuid = r"uuid-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"
    prefix = r"urn:H49\.64\.33:" if name == "aip_hoso" else ""
    assert re.fullmatch(prefix + uuid, object_id)
    assert package.path.name == object_id.replace(":", "_")
    rep = etree.fromstring((package.path / "representations/rep1/METS.xml").read_bytes())
    assert re.fullmatch("rep1" if name == "sip_goi_mau" else uuid, rep.get("OBJID"))
    stem = "EAD_DOC_" if name == "sip_goi_mau" else "EAD_doc_"
    described = [p.name for p in package.path.rglob("EAD_*.xml")]
    assert sorted(described) == [f"{stem}H49.64.33.2026.005160.{n}.xml" for n in (1, 2, 3)]


def test_each_document_is_linked_with_its_own_description(package):
    root = etree.fromstring((package.path / "representations/rep1/METS.xml").read_bytes())
    space = {"m": "http://www.loc.gov/METS/", "x": "http://www.w3.org/1999/xlink"}
    links = root.xpath("//m:div[@LABEL='MetadataLink/File']", namespaces=space)
    assert len(links) == 3
    for link in links:
        (section,) = root.xpath(f"//m:dmdSec[@ID='{link.get('DMDID')}']", namespaces=space)
        file_id = link[0].get("FILEID")
        (file,) = root.xpath(f"//m:file[@ID='{file_id}']", namespaces=space)
        described = section[0].get(f"{{{space['x']}}}href").rpartition(".xml")[0]
        stored = file[0].get(f"{{{space['x']}}}href").removeprefix("data/").removesuffix(".pdf")
        assert described.endswith(stored)


def test_a_zip_holds_what_the_folder_holds_and_is_the_same_each_time(store, tmp_path, name):
    signed_dossier(store)
    first = make(store, tmp_path / "a", name)
    second = make(store, tmp_path / "b", name)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.path.name == second.path.name
    folder = make(store, tmp_path / "c", name, as_folder=True)
    with zipfile.ZipFile(first.path) as archive:
        assert archive.testzip() is None
        inside = {i.filename: archive.read(i) for i in archive.infolist()}
    there = {
        p.relative_to(folder.path.parent).as_posix(): p.read_bytes()
        for p in folder.path.rglob("*") if p.is_file()
    }  # fmt: skip
    assert inside == there


def test_names_of_zip_files(store, tmp_path):
    signed_dossier(store)
    names = {n: make(store, tmp_path, n, number=7).path.name for n in profiles.NAMES}
    assert names["aip_hoso"].startswith("urn_H49.64.33_uuid-")
    assert names["sip_hoso"].startswith("7uuid-")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.zip", names["sip_goi_mau"])


def test_others_may_read_a_package(store, tmp_path, name):
    signed_dossier(store)
    assert stat.S_IMODE(make(store, tmp_path / "a", name).path.stat().st_mode) & 0o444 == 0o444
    folder = make(store, tmp_path / "a", name, as_folder=True)
    for path in folder.path.rglob("*"):
        assert path.stat().st_mode & 0o444 == 0o444


def test_again_is_free_and_another_file_of_the_name_stays(store, tmp_path, name):
    signed_dossier(store)
    built = make(store, tmp_path, name)
    before = built.path.stat()
    assert make(store, tmp_path, name).sha256 == built.sha256
    assert built.path.stat().st_ino == before.st_ino
    built.path.write_bytes(b"somebody else's")
    with pytest.raises(NotAllowed, match="name"):
        make(store, tmp_path, name)
    assert built.path.read_bytes() == b"somebody else's"
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_a_changed_folder_of_the_name_is_told_and_left_alone(store, tmp_path):
    signed_dossier(store)
    built = make(store, tmp_path, "aip_hoso", as_folder=True)
    victim = next(built.path.rglob("*.pdf"))
    victim.write_bytes(b"changed")
    with pytest.raises(NotAllowed):
        make(store, tmp_path, "aip_hoso", as_folder=True)
    assert victim.read_bytes() == b"changed"


def test_a_damaged_signed_file_never_gets_into_a_package(store, tmp_path, name):
    dossier_id = signed_dossier(store)
    sha256 = dossiers.documents(store, dossier_id)[1].signed_sha256
    path = store.blobs.path(sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    with pytest.raises(StorageError, match=sha256[:12]):
        make(store, tmp_path / "out", name)
    assert list((tmp_path / "out").iterdir()) == []


def test_stopped_half_way_nothing_is_left(store, tmp_path, name):
    signed_dossier(store)
    looks = iter(range(5))

    def stopped():
        if next(looks, None) is None:
            raise Interrupted()

    with pytest.raises(Interrupted):
        make(store, tmp_path / "out", name, stopped=stopped)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_process_left_is_swept(store, tmp_path):
    signed_dossier(store)
    expected = make(store, tmp_path / "a", "aip_hoso")
    left = tmp_path / "b" / f".{expected.path.name}.part"
    left.mkdir(parents=True)
    (left / "package.zip").write_bytes(b"half")
    (left / "tree").mkdir()
    assert make(store, tmp_path / "b", "aip_hoso").sha256 == expected.sha256
    assert [p.name for p in (tmp_path / "b").iterdir()] == [expected.path.name]


def test_only_signed_dossiers_are_packed(store, tmp_path, name):
    add_dossier(store)
    with pytest.raises(NotAllowed, match="not signed"):
        make(store, tmp_path, name)
    with pytest.raises(NotFound):
        build.build(store, "H49.64-260101-9999", profiles.load(name), tmp_path)


def test_gaps_are_told_together_and_by_name(store, tmp_path):
    dossier_id = signed_dossier(store)
    describe.keep(store, dossier_id, Given({"riskRecovery": "1", "totalDoc": "4"}, {
        dossiers.documents(store, dossier_id)[0].id: {"docId": "x/y"}}))  # fmt: skip
    with pytest.raises(NotAllowed) as fault:
        make(store, tmp_path, "sip_hoso")
    for word in ("riskRecoveryStatus", "totalDoc", "docId"):
        assert word in fault.value.en
    assert not list(tmp_path.glob("*.zip"))


def test_what_is_assumed_is_told_and_what_was_said_is_not(store, tmp_path):
    dossier_id = signed_dossier(store)
    assert {"maintenance", "fileCode", "paperFileCode"} <= set(
        make(store, tmp_path / "a", "aip_hoso").assumed
    )
    describe.keep(store, dossier_id, Given({"maintenance": "05", "fileCode": "H49.64.33.2001.160",
                                            "paperFileCode": "LT.02.160"}))  # fmt: skip
    built = make(store, tmp_path / "b", "aip_hoso", as_folder=True)
    assert not {"maintenance", "fileCode", "paperFileCode"} & set(built.assumed)
    assert (built.path / "representations/rep1/data/H49.64.33.2001.160.3.pdf").is_file()
    ead = text(built, "metadata/descriptive/EAD.xml")
    assert "<maintenance>05</maintenance>" in ead
    assert "<arcFileCode>H49.64.33.2001.160</arcFileCode>" in ead


def test_office_profile_brings_its_codes(store, tmp_path):
    signed_dossier(store)
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'base = "aip_hoso"\n[office]\nfonds = "P623"\narchive = "LT01"\norganisation = "UBND A"\n',
        encoding="utf-8",
    )
    built = build.build(store, CODE, profiles.load(mine), tmp_path / "out", as_folder=True)
    assert built.path.name.startswith("urn_P623_uuid-")
    assert "<arcFileCode>LT01.H49.64.33.2026.005160<" in text(built, "metadata/descriptive/EAD.xml")
    assert "UBND A" in text(built, "representations/rep1/METS.xml")


def test_a_reused_paper_is_in_the_package(store, tmp_path):
    source = signed_dossier(store, "H49.64.33-250105-0001", papers=1)
    paper = dossiers.documents(store, source)[0]
    target = signed_dossier(store, papers=1)
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO reuse(dossier_id, component, source_document_id, source_dossier_id, "
            "sha256, origin, actor, at) VALUES(?,?,?,?,?,?,?,?)",
            (target, "card", paper.id, source, paper.signed_sha256, "store", "desk", change.now),
        )
        change.audit("component.reuse", target)
    built = make(store, tmp_path, "aip_hoso", as_folder=True)
    data = built.path / "representations/rep1/data/H49.64.33.2026.005160.2.pdf"
    assert hashlib.sha256(data.read_bytes()).hexdigest() == paper.signed_sha256
    assert "<totalDoc>2</totalDoc>" in text(built, "metadata/descriptive/EAD.xml")


def test_a_procedure_that_the_catalogue_no_longer_has_stops_nothing(store, tmp_path):
    signed_dossier(store, procedure="abolished")
    assert make(store, tmp_path, "aip_hoso").report.ok


def test_packing_is_on_the_audit_chain(store, tmp_path):
    signed_dossier(store)
    built = make(store, tmp_path, "aip_hoso")
    row = store.row("SELECT * FROM audit_event WHERE action = 'dossier.package'")
    assert built.sha256 in row["details"]
    assert audit.verify(store.conn).ok


def test_personal_values_with_markup_and_controls_stay_text(store, tmp_path):
    dossier_id = signed_dossier(store)
    describe.keep(store, dossier_id, Given({"title": 'A & <B> "c" \x07 Đỗ'}))
    built = make(store, tmp_path, "aip_hoso", as_folder=True)
    root = etree.fromstring((built.path / "metadata/descriptive/EAD.xml").read_bytes())
    assert root.findtext("title") == 'A & <B> "c"  Đỗ'
