"""A revocation that anybody entitled to it has said is never overheard."""

from __future__ import annotations

import asyncio

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.trust import RevocationData, Standing, judge
from signing.verify import carried
from tests.signing.pki import DAY, NOW, answer, ec_key

HOLD = x509.ReasonFlags.certificate_hold


@pytest.fixture(scope="module")
def officer(authority):
    return authority.issue("Nguyễn Văn An", ocsp_url="http://127.0.0.1:9/")


@pytest.fixture(scope="module")
def judged(authority, officer):
    def judged(*ocsps, crls=(), of=officer, moment=NOW):
        known = authority.revocation() if not crls else RevocationData(tuple(crls))
        known += RevocationData(ocsps=ocsps)
        others = [authority.certificate]
        work = judge(of.certificate, authority.anchors, others, known, moment)
        found = asyncio.run(work)
        return found.standing, found.revocation

    return judged


@pytest.fixture(scope="module")
def says(authority, officer):
    def says(of=officer, key=authority.key, **changes):
        return answer(of.certificate, authority.certificate, key, **changes)

    return says


GOOD = (Standing.TRUSTED, "good")
REVOKED = (Standing.REVOKED, "revoked")


def test_a_good_answer_does_not_hide_a_list(authority, officer, judged, says):
    assert judged(says()) == GOOD
    lists = authority.revocation(officer.certificate).crls
    assert judged(says(), crls=lists) == REVOKED
    assert judged(says(), crls=lists, moment=NOW - 2 * DAY)[0] is Standing.TRUSTED


def test_an_old_list_that_names_it_counts(authority, officer, judged, says):
    old = authority.revocation(
        officer.certificate, since=NOW - 25 * DAY, made=NOW - 20 * DAY, days=5
    ).crls
    assert judged(crls=old) == REVOKED
    assert judged(says(), crls=old) == REVOKED


def test_an_old_answer_that_says_so_counts(judged, says):
    long_ago = says(revoked=NOW - 11 * DAY, made=NOW - 10 * DAY)
    assert judged(long_ago, says()) == REVOKED


def test_a_suspension_may_be_lifted(authority, officer, judged, says):
    held = authority.revocation(
        officer.certificate, since=NOW - 9 * DAY, made=NOW - 8 * DAY, reason=HOLD
    ).crls
    assert judged(says(), crls=held) == GOOD
    assert judged(says(made=NOW - 8 * DAY - DAY / 2), crls=held) == REVOKED


def test_an_answer_counts_where_the_certificate_names_no_server(authority, judged, says):
    silent = authority.issue("Trần Thị Bình")
    assert judged(of=silent) == GOOD
    assert judged(says(silent, revoked=NOW - DAY), of=silent) == REVOKED


def test_a_responder_counts_when_the_issuer_appointed_it(authority, judged, says):
    key = ec_key()
    purposes = [ExtendedKeyUsageOID.OCSP_SIGNING]
    appointed = authority.issue("OCSP", key, purposes=purposes).certificate
    unasked = authority.issue("OCSP", key).certificate
    assert judged(says(key=key, responder=appointed, revoked=NOW - DAY)) == REVOKED
    assert judged(says(key=key, responder=unasked, revoked=NOW - DAY)) == GOOD


def test_a_strangers_word_is_nothing(authority, officer, judged, says):
    stranger = type(authority).new("CA thử nghiệm")
    word = says(key=stranger.key, responder=stranger.certificate, revoked=NOW - DAY)
    assert judged(word) == GOOD
    forged = stranger.revocation(officer.certificate).crls
    assert judged(crls=[*authority.revocation().crls, *forged]) == GOOD


def test_an_issuer_that_was_revoked(authority, officer, judged, says):
    word = answer(authority.certificate, authority.root, authority.root_key, revoked=NOW - DAY)
    assert judged(says(), word) == REVOKED


def test_a_malformed_statement_takes_nothing_from_the_others(authority, says):
    good, lists = says(), authority.revocation().crls
    found = carried.readable([b"junk", *lists], [b"junk", b"\x30\x82", good])
    assert found == RevocationData(tuple(lists), (good,))


def test_not_now_says_nothing(judged, says):
    not_now = bytes.fromhex("30030a0103")
    assert judged(not_now, says()) == GOOD
    assert carried.readable([], [not_now]).ocsps == (not_now,)
