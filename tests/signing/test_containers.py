"""Messages that contradict themselves or leave out what their format promises."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

from signing.trust import Judgement, Standing
from signing.verify.derived import algorithm
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.other_tools import Tool
from tests.signing.papers import paper
from tests.signing.pki import rsa_key
from tests.signing.servers import publishing

PADES = Tool(subfilter="ETSI.CAdES.detached")
SHA256, SHA512 = bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203")


@pytest.fixture(scope="module")
def judged(authority_online, tmp_path_factory):
    folder = tmp_path_factory.mktemp("containers")
    source = paper(folder / "paper.pdf")
    rsa = authority_online.issue("Nguyễn Văn An", rsa_key(), crl_url=authority_online.crl)

    def judged(tool, key=rsa):
        target = folder / "signed.pdf"
        tool.sign(source, target, key)
        return verify_file(target, authority_online.anchors, online=True)

    return judged


@pytest.fixture(scope="module")
def authority_online():
    from tests.signing.pki import Authority

    files = {}
    with publishing(files, []) as url:
        authority = Authority.new("CA", crl_url=f"{url}/root.crl")
        authority.crl = f"{url}/issuing.crl"
        files["root.crl"], files["issuing.crl"] = authority.revocation().crls
        yield authority


def codes(found):
    return [warning.code for warning in found.warnings]


def test_pades_as_the_format_asks(judged):
    found = judged(PADES)
    assert (found.status, codes(found)) == (Status.VALID, [])
    assert found.signatures[0].facts.level == "B-B"


def test_pades_that_does_not_name_its_certificate_is_none_and_says_so(judged):
    found = judged(replace(PADES, options=()))
    assert (found.status, codes(found)) == (Status.VALID, ["CERTIFICATE_NOT_NAMED"])
    assert found.signatures[0].facts.level == "PKCS#7"


def test_the_older_format_need_not_name_it(judged):
    found = judged(Tool())
    assert (found.status, codes(found)) == (Status.VALID, [])


def test_pades_without_any_protected_attribute_cannot_be_read(judged):
    found = judged(replace(PADES, options=("-noattr",)))
    assert (found.status, found.reason.code) == (Status.INVALID, "UNREADABLE")


def test_list_of_digests_that_contradicts_the_signer(judged):
    def other(message):
        return message.replace(SHA256, SHA512, 1)

    found = judged(replace(PADES, rework=other))
    assert (found.status, found.reason.code) == (Status.INVALID, "CONTAINER_ALTERED")


def test_a_signature_that_calls_itself_a_timestamp(judged):
    found = judged(replace(PADES, subfilter="ETSI.RFC3161"))
    assert (found.status, found.reason.code) == (Status.INVALID, "UNREADABLE")


@pytest.mark.parametrize("kind", [ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey])
def test_a_modern_key_is_not_called_weak(kind, authority_online):
    certificate = authority_online.issue("Nguyễn Văn An", kind.generate()).certificate
    judgement = Judgement(Standing.TRUSTED, "good", path=(authority_online.root, certificate))
    found = algorithm(SimpleNamespace(md_algorithm="sha512"), certificate, judgement)
    assert not found.weak
    assert found.key_bits > 250
