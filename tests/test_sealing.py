"""Dossiers that cannot be signed yet: they wait, say why, and are completed without going lower."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk_app import pipeline, sealing, settings, signatures, waiting
from desk_app.records import Document
from desk_app.store import dossiers
from signing.errors import TimestampUnreachable
from tests.signing.papers import archive_paper
from tests.signing.pki import Authority
from tests.signing.servers import publishing, serving

PIN = b"Secret-4711"


@pytest.fixture
def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def authority(free_port):
    return Authority.new(crl_url=f"http://127.0.0.1:{free_port}/root.crl")


@pytest.fixture
def desk(authority, free_port, tmp_path):
    """A desk with a key file, two papers of a dossier, and servers that do not run yet."""
    points = f"http://127.0.0.1:{free_port}/issuing.crl"
    key = tmp_path / "key.p12"
    key.write_bytes(authority.issue("Nguyễn Văn An", crl_url=points).p12(PIN))
    station = settings.Settings(
        key=f"p12:{key}", trust=(str(authority.root_pem(tmp_path / "root.pem")),),
        tsa=f"http://127.0.0.1:{free_port}/tsa",
    )  # fmt: skip
    opened = pipeline.Desk(tmp_path / "data", replace(station, workers=1))
    dossier = dossiers.create(opened.store, "H49.64-251122-0001", "birth_registration")
    papers = [
        Document(f"D-{n}", dossier.id, n, None, None, f"Giấy {n}", 1.0, (), ()) for n in (1, 2)
    ]
    dossiers.save_assembly(opened.store, dossier.id, papers, [], [])
    for number, paper in enumerate(papers):
        file = archive_paper(tmp_path / f"{number}.pdf", part=2)
        file.write_bytes(file.read_bytes() + b"\n" * number)
        dossiers.set_pdf(opened.store, paper.id, opened.store.blobs.adopt(file), 1)
    for state in ("recognising", "to_check", "checked"):
        dossiers.move(opened.store, dossier.id, state)
    yield opened
    opened.close()


@pytest.fixture
def dossier(desk):
    return dossiers.find(desk.store, "H49.64-251122-0001")


def lists(authority):
    root, issuing = authority.revocation().crls
    return {"root.crl": root, "issuing.crl": issuing}


def finish(desk, dossier, level="B-T"):
    secret = bytearray(PIN)
    try:
        pipeline.finish(desk, dossier.id, secret=secret, choice=signatures.Choice(level=level))
    finally:
        assert secret == bytearray(len(PIN))


def state(desk, dossier):
    return dossiers.find(desk.store, dossier.id).state


def signed(desk, dossier):
    return [d.signed_sha256 for d in dossiers.documents(desk.store, dossier.id)]


def uploads(desk):
    return [row["key"] for row in desk.store.rows("SELECT key FROM upload ORDER BY id")]


def test_timestamp_authority_down_then_up(desk, dossier, authority, free_port):
    with pytest.raises(TimestampUnreachable):
        finish(desk, dossier)
    assert state(desk, dossier) == "to_sign"
    assert signed(desk, dossier) == [None, None]
    wait = waiting.of(desk.store, dossier.id)
    assert (wait.code, wait.attempts, wait.needs_key) == ("TSA_UNREACHABLE", 1, True)
    assert [w.code for _, w in waiting.all_of(desk.store)] == ["TSA_UNREACHABLE"]
    # Going on says why it waits, and signs nothing at a lower level meanwhile.
    ((_, fault),) = pipeline.resume(desk).failed
    assert fault.code == "TSA_UNREACHABLE"
    assert fault.exit_code == 3
    assert "timestamp" in fault.en
    assert waiting.of(desk.store, dossier.id) == wait  # not yet its time: nothing was tried
    with pytest.raises(TimestampUnreachable):
        finish(desk, dossier)
    later = waiting.of(desk.store, dossier.id)
    assert (later.attempts, later.since) == (2, wait.since)
    assert later.next_try - wait.next_try > 4
    with serving(authority.tsa(), port=free_port):
        finish(desk, dossier)
    assert state(desk, dossier) == "to_upload"
    assert waiting.of(desk.store, dossier.id) is None
    assert uploads(desk) == signed(desk, dossier)
    for path in desk.data.rglob("*"):
        assert not path.is_file() or PIN not in path.read_bytes(), path
    logins = desk.store.rows("SELECT details FROM audit_event WHERE action = 'key.login'")
    assert len(logins) == 3  # one for each call, never one for each file
    assert all("key.p12" in row["details"] for row in logins)


def resumed_by_name(desk, dossier):
    assert pipeline.resume(desk, dossier=dossier.code).failed == []


def retried_while_the_desk_is_open(desk, dossier):
    pipeline.upload(desk)
    assert state(desk, dossier) == "to_sign", "before its time nothing is asked"
    with desk.store.transaction() as change:
        change.conn.execute(
            "UPDATE dossier SET options = json_set(options, '$.waits_to_sign.next_try', 0)"
        )
    pipeline.upload(desk)


@pytest.mark.parametrize("go_on", [resumed_by_name, retried_while_the_desk_is_open])
def test_revocation_down_is_completed_without_a_key(
    go_on, desk, dossier, authority, free_port, tmp_path
):
    # The timestamp authority runs, the issuer's lists cannot be had.
    with serving(authority.tsa()) as tsa:
        desk.settings = replace(desk.settings, tsa=tsa)
        with pytest.raises(waiting.WaitsToSign) as caught:
            finish(desk, dossier, "B-LT")
        assert caught.value.code == "REVOCATION_UNREACHABLE"
        assert state(desk, dossier) == "to_sign"
        first = signed(desk, dossier)
        assert None not in first
        assert uploads(desk) == []
        assert len(sealing.incomplete(desk.store, dossier.id)) == 2
        assert not waiting.of(desk.store, dossier.id).needs_key
        (tmp_path / "key.p12").unlink()  # it is not needed any more
        with publishing(lists(authority), [], port=free_port):
            go_on(desk, dossier)
    assert state(desk, dossier) in ("to_upload", "uploading", "done")
    second = signed(desk, dossier)
    assert set(first) & set(second) == set()
    assert uploads(desk) == second
    for old, new in zip(first, second, strict=True):
        before, after = desk.store.blobs.read(old), desk.store.blobs.read(new)
        assert after.startswith(before)
    verdicts = [dossiers.verdict(desk.store, f"D-{n}") for n in (1, 2)]
    assert [v["status"] for v in verdicts] == ["valid", "valid"]
    assert verdicts[0]["signatures"][0]["level"] == "B-LT"


def test_wrong_passphrase_is_no_reason_to_wait(desk, dossier):
    from signing.errors import PinWrong

    with pytest.raises(PinWrong):
        pipeline.finish(desk, dossier.id, secret=bytearray(b"no"))
    assert waiting.of(desk.store, dossier.id) is None
    assert state(desk, dossier) == "to_sign"
