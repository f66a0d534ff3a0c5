"""Policies: every bad one is a sentence; what they forbid is refused and nothing is written."""

from __future__ import annotations

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from signing import engine
from signing.certificates import fingerprint
from signing.errors import AnchorBad, CertificateUnusable, PolicyViolated
from signing.policy import LEVELS, Policy, at_level, is_at_least, load_policy, profiles
from signing.tables import Table, TableFault
from tests.signing.papers import paper
from tests.signing.pki import DAY, NOW, ec_key, rsa_key

GOOD = """
name = "test"
version = 3
level = "B-T"
aim = "B-LT"
digest = "sha384"
max_skew_s = 300
warn_skew_s = 30
fetch_revocation = true
timestamp_authorities = ["http://tsa.example/one", "https://tsa.example/two"]
[keys]
min_rsa_bits = 3072
min_ec_bits = 384
usage = ["non_repudiation"]
[[anchors]]
file = "root.pem"
sha256 = "{sha256}"
"""


@pytest.fixture
def write(authority, tmp_path):
    authority.root_pem(tmp_path / "root.pem")

    def call(change=("", ""), add=""):
        text = GOOD.format(sha256=authority.anchors.items[0].sha256)
        assert change[0] in text
        path = tmp_path / "p.toml"
        path.write_text(text.replace(*change) + add)
        return path

    return call


def test_everything_is_read(write, authority):
    policy = load_policy(write())
    assert (policy.version, policy.level, policy.best) == (3, "B-T", "B-LT")
    assert policy.digest == "sha384"
    assert (policy.min_rsa_bits, policy.min_ec_bits) == (3072, 384)
    assert policy.key_usage == ("non_repudiation",)
    assert policy.warn_skew.total_seconds() == 30
    assert policy.authorities == ("http://tsa.example/one", "https://tsa.example/two")
    assert policy.anchors.certificates == (authority.root,)
    assert at_level(policy, "B-B").best == "B-B"


def test_profiles_of_the_library_say_their_version():
    for name in profiles():
        if name != "demonstration":
            assert load_policy(name, level="B-T", aim="").version >= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('level = "B-T"', 'level = "B-X"'), "B-X"),
        (('level = "B-T"', ""), "level is missing"),
        (('aim = "B-LT"', 'aim = "B-B"'), "below the level"),
        (('digest = "sha384"', 'digest = "sha1"'), "sha1"),
        (("min_rsa_bits = 3072", "min_rsa_bits = 1024"), "1024"),
        (("min_rsa_bits = 3072", 'min_rsa_bits = "many"'), "whole number"),
        (("min_ec_bits = 384", "min_ec_bits = true"), "whole number"),
        (('"non_repudiation"', '"key_agreement"'), "key_agreement"),
        (("version = 3", "version = 0"), "version"),
        (("max_skew_s = 300", "max_skew_s = 86400"), "86400"),
        (("http://tsa.example/one", "file:///etc/passwd"), "http"),
        (("fetch_revocation = true", 'fetch_revocation = "yes"'), "true or false"),
        (("fetch_revocation = true", "fetch_revokation = true"), "fetch_revokation"),
        (('file = "root.pem"', ""), "file is missing"),
        (("[[anchors]]", "[anchors]"), "list"),
        (("[keys]", "[keys"), "p.toml"),
    ],
)
def test_bad_policy_is_one_sentence(change, words, write):
    with pytest.raises(PolicyViolated) as caught:
        load_policy(write(change))
    assert words in caught.value.en
    assert "p.toml" in caught.value.en
    assert "p.toml" in caught.value.vi
    assert "\n" not in caught.value.en


def test_anchor_is_the_one_that_the_policy_names(write, authority, tmp_path):
    (tmp_path / "root.pem").unlink()
    with pytest.raises(AnchorBad):
        load_policy(write())
    from tests.signing.pki import Authority

    Authority.new("CA khác").root_pem(tmp_path / "root.pem")
    with pytest.raises(PolicyViolated, match="another fingerprint"):
        load_policy(write())


@pytest.mark.parametrize("role", ["", "officer"])
def test_roles_are_named_and_named_once(role, write):
    add = f'[[signers]]\nrole = "{role}"\n' * 2
    with pytest.raises(PolicyViolated, match="role"):
        load_policy(write(add=add))


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(), st.booleans())))
def test_a_table_is_read_whole_or_refused(entries):
    table = Table(entries)
    for key in entries:
        table.raw(key)
    table.end()
    if entries:
        with pytest.raises(TableFault):
            Table(entries).end()


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_levels_are_in_order(one, two):
    assert is_at_least(one, two) or is_at_least(two, one)
    assert is_at_least("B-LTA", one)


def signed_with_sha1(certificate):
    """The same certificate as of an issuer that signs with SHA-1, which our library cannot."""
    from signing.certificates import der

    changed = asn1_x509.Certificate.load(der(certificate))
    changed["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    changed["tbs_certificate"]["signature"] = {"algorithm": "sha1_ecdsa"}
    return x509.load_der_x509_certificate(changed.dump(force=True))


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("ec", {"end": NOW - DAY}, "expired"),
        ("ec", {"start": NOW + DAY}, "valid from"),
        ("ec", {"usage": ("key_agreement",)}, "key usage"),
        ("sha1", {}, "sha1"),
        ("rsa", {}, "1024"),
        ("revoked", {}, "revoked"),
    ],
    ids=["expired", "early", "usage", "sha1", "rsa1024", "revoked"],
)
def test_refused_before_signing(level, kind, changes, words, authority, tsa, tmp_path):
    key = authority.issue("An", rsa_key(1024) if kind == "rsa" else ec_key(), **changes)
    if kind == "sha1":
        key.certificate = signed_with_sha1(key.certificate)
    revoked = [key.certificate] if kind == "revoked" else []
    policy = Policy(
        level=level, anchors=authority.anchors, revocation=authority.revocation(*revoked)
    )
    (tmp_path / "out").mkdir()
    with pytest.raises(CertificateUnusable, match=words):
        engine.sign_file(
            paper(tmp_path / "a.pdf", 1), tmp_path / "out" / "a.pdf", key, policy, timestamper=tsa
        )
    assert list((tmp_path / "out").iterdir()) == []
    assert key.signed == 0


def test_clock_that_is_a_little_off_is_told(authority, tsa, tmp_path):
    from datetime import UTC, datetime, timedelta

    from tests.signing.test_engine import FixedClock

    key = authority.issue("An")
    clock = FixedClock(datetime.now(UTC) - timedelta(seconds=90))
    done = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", key, Policy(), timestamper=tsa,
        clock=clock,
    )  # fmt: skip
    assert [note.code for note in done.notes] == ["CLOCK_SKEW"]
    assert fingerprint(key.certificate) == done.signer_sha256
