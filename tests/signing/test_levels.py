"""Every level with a real PKI on loopback: OCSP, lists and timestamps, and what happens without."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from signing import augment, batch, engine
from signing.errors import (
    CertificateUnusable,
    PolicyViolated,
    RevocationUnreachable,
    TimestampUnreachable,
)
from signing.policy import Policy, SignerRole
from signing.ports import SystemClock
from signing.verify.verdict import verify_file
from tests.signing import certomancer_pki
from tests.signing.papers import archive_paper, paper
from tests.signing.test_engine import preflight


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    with certomancer_pki.running(tmp_path_factory.mktemp("pki")) as found:
        yield found


@pytest.fixture
def policy(pki):
    def call(level, **changes):
        return Policy(
            level=level, anchors=pki.anchors, authorities=(pki.tsa_url,), fetch_revocation=True,
            **changes,
        )  # fmt: skip

    return call


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Nothing that a server of another test said is remembered."""
    from signing import evidence, timestamps
    from signing.trust import TrustMemory

    monkeypatch.setattr(evidence, "_memory", TrustMemory())
    timestamps._client_for.cache_clear()


def levels(path, pki):
    return [s.facts.level for s in verify_file(path, pki.anchors).signatures]


def status(path, pki):
    found = verify_file(path, pki.anchors)
    return str(found.status), found.reason.code


def parts(path):
    """Every signature of a file: signed bytes and CMS, cut out without any PDF library."""
    data = path.read_bytes()
    for match in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data):
        a, b, c, d = map(int, match.groups())
        yield data[a : a + b] + data[c : c + d], bytes.fromhex(data[a + b + 1 : c - 1].decode())


def test_officer_and_seal_at_b_lta_satisfy_openssl(pki, policy, run, tmp_path):
    roles = (SignerRole("officer"), SignerRole("seal"))
    keys = {name: pki.key(name) for name in ("officer", "seal")}
    item = batch.Item(archive_paper(tmp_path / "a.pdf", part=2), tmp_path / "b.pdf")
    report = batch.sign_files([item], keys, policy("B-LTA", signers=roles))
    assert report.is_complete, report.stopped_by
    assert levels(item.dst, pki) == ["B-LTA", "B-LTA", "DTS"]
    assert status(item.dst, pki)[0] == "valid"
    root, chain = tmp_path / "root.pem", tmp_path / "chain.pem"
    root.write_bytes(pki.certificate("root").public_bytes(Encoding.PEM))
    chain.write_bytes(pki.certificate("issuing").public_bytes(Encoding.PEM))
    verified = 0
    for content, der in parts(item.dst):
        (tmp_path / "c.bin").write_bytes(content)
        (tmp_path / "s.der").write_bytes(der)
        kind = cms.ContentInfo.load(der)["content"]["encap_content_info"]["content_type"].native
        if kind == "tst_info":
            command = ["openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "s.der"]
            command += ["-data", tmp_path / "c.bin", "-CAfile", root, "-untrusted", chain]
        else:
            command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
            command += ["-in", tmp_path / "s.der", "-content", tmp_path / "c.bin"]
            command += ["-CAfile", root, "-out", tmp_path / "o"]
        said = run(*command)
        assert said.returncode == 0, said.stderr
        verified += 1
    assert verified == 3
    assert b"No syntax" in run("qpdf", "--check", item.dst).stdout


@pytest.fixture
def stopping(tmp_path):
    """A PKI of its own that a test may stop."""
    folder = tmp_path / "keys"
    folder.mkdir()
    with certomancer_pki.running(folder) as found:
        yield found


def test_every_server_stopped(stopping, tmp_path):
    source, officer = paper(tmp_path / "a.pdf", 1), stopping.key("officer")
    for level in ("B-B", "B-T", "B-LT", "B-LTA"):
        rules = Policy(level=level, anchors=stopping.anchors, authorities=(stopping.tsa_url,),
                       fetch_revocation=True)  # fmt: skip
        engine.sign_file(source, tmp_path / f"{level}.pdf", officer, rules)
    stopping.stop()
    said = {level: status(tmp_path / f"{level}.pdf", stopping)
            for level in ("B-B", "B-T", "B-LT", "B-LTA")}  # fmt: skip
    assert said["B-LTA"][0] == said["B-LT"][0] == "valid"
    assert said["B-T"] == said["B-B"] == ("undetermined", "REVOCATION_UNKNOWN")
    # And nothing more can be signed above B-B.
    with pytest.raises(TimestampUnreachable):
        engine.sign_file(source, tmp_path / "x.pdf", officer, replace(rules, level="B-T"))
    assert not (tmp_path / "x.pdf").exists()


def test_archive_outlives_the_answers_inside_it(stopping, tmp_path):
    """OCSP answers age within minutes, lists within days; nobody can be asked any more."""
    path, officer = tmp_path / "b.pdf", stopping.key("officer")
    rules = Policy(level="B-LTA", anchors=stopping.anchors, authorities=(stopping.tsa_url,),
                   fetch_revocation=True)  # fmt: skip
    engine.sign_file(paper(tmp_path / "a.pdf", 1), path, officer, rules)
    stopping.stop()
    for days in (1, 400):
        later = datetime.now(UTC) + timedelta(days=days)
        found = verify_file(path, stopping.anchors, at=later)
        assert str(found.status) == "valid", (days, found.reason)
        assert not found.warnings


def test_augmentation_step_by_step(pki, policy, tmp_path):
    path = tmp_path / "0.pdf"
    engine.sign_file(archive_paper(tmp_path / "a.pdf"), path, pki.key("officer"), policy("B-T"))
    before = path.read_bytes()
    for number, level in enumerate(("B-LT", "B-LTA"), start=1):
        target = tmp_path / f"{number}.pdf"
        done = augment.augment_file(path, target, policy(level))
        assert (done.changed, done.level) == (True, level)
        assert target.read_bytes().startswith(before)
        assert status(target, pki)[0] == "valid"
        path = target
    assert "is a valid PDF/A-1b" in preflight(path)
    assert levels(path, pki) == ["B-LTA", "DTS"]
    again = augment.augment_file(path, tmp_path / "same.pdf", policy("B-LTA"))
    assert not again.changed
    assert (tmp_path / "same.pdf").read_bytes() == path.read_bytes()


def test_document_timestamp_is_renewed_before_its_certificate_ends(pki, policy, tmp_path):
    signed = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", pki.key("officer"), policy("B-LTA")
    )

    class NextCentury(SystemClock):
        def now(self):
            return super().now().replace(year=2099, month=12, day=1)

    done = augment.augment_file(
        signed.path, tmp_path / "c.pdf", policy("B-LTA"), clock=NextCentury()
    )
    assert done.changed
    assert levels(done.path, pki) == ["B-LTA", "DTS", "DTS"]
    assert status(done.path, pki)[0] == "valid"


def test_augmentation_is_refused_where_it_would_prove_nothing(pki, policy, tmp_path):
    source, officer = paper(tmp_path / "a.pdf", 1), pki.key("officer")
    with pytest.raises(PolicyViolated, match="no digital signature"):
        augment.augment_file(source, tmp_path / "x.pdf", policy("B-LT"))
    engine.sign_file(source, tmp_path / "bb.pdf", officer, policy("B-B"))
    with pytest.raises(PolicyViolated, match="no timestamp"):
        augment.augment_file(tmp_path / "bb.pdf", tmp_path / "x.pdf", policy("B-LT"))
    engine.sign_file(source, tmp_path / "bt.pdf", officer, policy("B-T"))
    data = bytearray((tmp_path / "bt.pdf").read_bytes())
    data[data.index(b"stream\n") + 10] ^= 1
    (tmp_path / "changed.pdf").write_bytes(data)
    with pytest.raises(PolicyViolated):
        augment.augment_file(tmp_path / "changed.pdf", tmp_path / "x.pdf", policy("B-LT"))
    assert not (tmp_path / "x.pdf").exists()


def test_level_waits_for_revocation_and_is_completed(free_port, tsa, authority, tmp_path):
    """B-LT is wanted and the issuer's list cannot be had: signed at B-T only on demand."""
    key = authority.issue("An", crl_url=f"http://127.0.0.1:{free_port}/issuing.crl")
    wanted = Policy(level="B-LT", anchors=authority.anchors, fetch_revocation=True)
    source, path = paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf"
    with pytest.raises(RevocationUnreachable):
        engine.sign_file(source, path, key, wanted, timestamper=tsa)
    assert not path.exists()
    done = engine.sign_file(source, path, key, wanted, timestamper=tsa, complete_later=True)
    assert (done.level, done.wanted, done.is_complete) == ("B-T", "B-LT", False)
    with pytest.raises(RevocationUnreachable):
        augment.augment_file(path, tmp_path / "c.pdf", wanted, timestamper=tsa)
    assert not (tmp_path / "c.pdf").exists()
    known = replace(wanted, revocation=authority.revocation())
    complete = augment.augment_file(path, tmp_path / "c.pdf", known, timestamper=tsa)
    assert verify_file(complete.path, authority.anchors).status == "valid"


def test_aim_is_reached_where_revocation_is(authority, tsa, tmp_path):
    key, source = authority.issue("An"), paper(tmp_path / "a.pdf", 1)
    aiming = Policy(level="B-T", aim="B-LT", anchors=authority.anchors)
    first = engine.sign_file(source, tmp_path / "b.pdf", key, aiming, timestamper=tsa)
    assert (first.level, first.is_complete) == ("B-T", True)
    known = replace(aiming, revocation=authority.revocation())
    second = engine.sign_file(source, tmp_path / "c.pdf", key, known, timestamper=tsa)
    assert second.level == "B-LT"


def test_revoked_and_expired_by_the_issuers_own_word(pki, policy, tmp_path):
    source = paper(tmp_path / "a.pdf", 1)
    for name, words in (("revoked", "revoked"), ("expired", "expired")):
        for level in ("B-B", "B-LTA"):
            key = pki.key(name)
            with pytest.raises(CertificateUnusable, match=words):
                engine.sign_file(source, tmp_path / "x.pdf", key, policy(level))
            assert key.signed == 0
    assert not (tmp_path / "x.pdf").exists()


def test_next_authority_is_asked_and_the_dead_one_rests(pki, policy, free_port, tmp_path):
    dead = f"http://127.0.0.1:{free_port}/tsa"
    rules = policy("B-T")
    rules = replace(rules, authorities=(dead, *rules.authorities))
    items = [batch.Item(paper(tmp_path / f"{n}.pdf", 1), tmp_path / f"s{n}.pdf") for n in range(2)]
    report = batch.sign_files(items, pki.key("officer"), rules)
    assert report.is_complete, report.stopped_by
    from signing.timestamps import Authorities

    clients = list(Authorities(engine.ports_of(None, rules)))
    assert [client.is_resting for client in clients] == [False, True]


class Many:
    """A service of several machines: each token comes from another one."""

    name = "many"

    def __init__(self, *machines):
        self.machines, self.asked = machines, 0

    def request(self, query):
        self.asked += 1
        return self.machines[self.asked % len(self.machines)].request(query)


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_timestamp_service_of_many_machines(level, authority, tmp_path):
    key, many = authority.issue("An"), Many(*(authority.tsa() for _ in range(3)))
    rules = Policy(level=level, anchors=authority.anchors, revocation=authority.revocation())
    done = engine.sign_file(
        archive_paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, rules, timestamper=many
    )
    assert "is a valid PDF/A-1b" in preflight(done.path)
    found = verify_file(done.path, authority.anchors)
    if level != "B-T":
        assert str(found.status) == "valid", found.reason


def test_stranger_among_the_machines_is_refused(authority, tmp_path):
    from signing.errors import TimestampUntrusted
    from tests.signing.pki import Authority

    many = Many(Authority.new("CA lạ").tsa(), authority.tsa())
    rules = Policy(level="B-T", anchors=authority.anchors)
    with pytest.raises(TimestampUntrusted):
        engine.sign_file(
            paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", authority.issue("An"), rules,
            timestamper=many,
        )  # fmt: skip
    assert not (tmp_path / "b.pdf").exists()


def test_archive_file_survives_everything(pki, policy, tmp_path):
    """Invisible signatures of two signers, evidence and timestamps leave PDF/A-1b valid."""
    roles = (SignerRole("officer", "Officer"), SignerRole("seal", "Seal"))
    keys = {name: pki.key(name) for name in ("officer", "seal")}
    source = archive_paper(tmp_path / "a.pdf", part=1)
    rules = policy("B-LTA", signers=roles, certify=True)
    target = engine.sign_file(source, tmp_path / "b.pdf", keys, rules).path
    assert "is a valid PDF/A-1b" in preflight(target)
    assert status(target, pki)[0] == "valid"
    with pikepdf.open(target) as pdf:
        assert pdf.pdf_version == "1.4"


def test_evidence_is_not_stored_twice(pki, policy, tmp_path):
    path = tmp_path / "b.pdf"
    engine.sign_file(paper(tmp_path / "a.pdf", 1), path, pki.key("officer"), policy("B-LTA"))
    with pikepdf.open(path) as pdf:
        store = pdf.Root.DSS
        assert (len(store.OCSPs), len(store.CRLs)) == (1, 1) or len(store.CRLs) <= 2
        certs = [c.read_bytes() for c in store.Certs]
        assert len(certs) == len(set(certs))
