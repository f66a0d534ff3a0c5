"""Batches: cut off at any moment they leave whole files, sign none twice and go on."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signing import batch, engine, journal
from signing.batch import Item
from signing.certificates import fingerprint
from signing.errors import BatchBusy
from signing.policy import Policy
from signing.verify.verdict import verify_file
from tests.signing.papers import paper

KILLS = int(os.environ.get("DESK_KILLS", "3"))
FILES = int(os.environ.get("DESK_KILL_FILES", "20"))
ROOT = Path(__file__).parents[2]

SCRIPT = """
import sys
from pathlib import Path
from signing import worker
from signing.batch import Item
from signing.policy import Policy
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    items = tuple(
        Item(p, folder / "out" / p.name) for p in sorted((folder / "in").glob("*.pdf"))
    )
    job = worker.BatchJob(items, (("", sys.argv[2]),), Policy(level="B-B"),
                          journal=folder / "journal.jsonl")
    print("go", flush=True)
    report = worker.sign_files(
        job, [bytearray(b"secret")], progress=lambda o: print(o.item.dst.name, flush=True)
    )
    print("complete" if report.is_complete else "incomplete", flush=True)
"""


@pytest.fixture
def key_file(authority, tmp_path):
    path = tmp_path / "key.p12"
    path.write_bytes(authority.issue("Nguyễn Văn An").p12(b"secret"))
    return path


@pytest.fixture
def stack(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    data = paper(tmp_path / "one.pdf", 1).read_bytes()
    for number in range(FILES):
        (tmp_path / "in" / f"{number:03}.pdf").write_bytes(data)
    return tmp_path


def start(folder, key_file):
    script = folder / "run.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), f"p12:{key_file}"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, text=True,
    )  # fmt: skip


def whole(path, source):
    """A finished file: its source's bytes first, one signature, an end."""
    data = path.read_bytes()
    assert data.startswith(source), path
    assert data.count(b"/ByteRange") == 1, path
    assert data.rstrip().endswith(b"%%EOF"), path
    return hashlib.sha256(data).hexdigest()


def test_kills_at_random_moments(stack, key_file, authority):
    draw = random.Random(4)
    source = (stack / "one.pdf").read_bytes()
    seen: dict[str, str] = {}
    for number in range(KILLS):
        process = start(stack, key_file)
        assert process.stdout.readline() == "go\n"
        # After some files, those of earlier runs included, and a little more; or before the first.
        for _ in range(draw.randrange(FILES) if draw.random() > 0.2 else 0):
            process.stdout.readline()
        time.sleep(draw.uniform(0, 0.06) if draw.random() > 0.2 else draw.uniform(0, 1.5))
        if number % 3 == 2:
            children = f"/proc/{process.pid}/task/{process.pid}/children"
            for child in Path(children).read_text().split() if Path(children).exists() else ():
                os.kill(int(child), signal.SIGKILL)
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        for path in (stack / "out").glob("*.pdf"):
            digest = whole(path, source)
            assert seen.setdefault(path.name, digest) == digest, "signed a second time"
    process = start(stack, key_file)
    assert process.communicate(timeout=120)[0].split()[-1] == "complete"
    assert sorted(p.name for p in (stack / "out").iterdir()) == [
        f"{n:03}.pdf" for n in range(FILES)
    ]
    for name, digest in seen.items():
        assert whole(stack / "out" / name, source) == digest
    found = verify_file(stack / "out" / "000.pdf", authority.anchors)
    assert len(found.signatures) == 1
    assert seen or KILLS < 5


def items_of(folder, names):
    (folder / "out").mkdir(exist_ok=True)
    return [Item(paper(folder / n, 1), folder / "out" / n) for n in names]


def test_second_run_signs_nothing(authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf", "b.pdf"])
    options = {"policy": Policy(level="B-B"), "journal": tmp_path / "j.jsonl"}
    first = batch.sign_files(items, key, **options)
    signed = key.signed
    second = batch.sign_files(items, key, **options)
    assert [o.resumed for o in second.outcomes] == [True, True]
    assert [o.signed for o in second.outcomes] == [o.signed for o in first.outcomes]
    assert key.signed == signed


def test_foreign_target_is_never_replaced(authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf"])
    items[0].dst.write_bytes(b"mine")
    for book in (None, tmp_path / "j.jsonl"):
        report = batch.sign_files(items, key, Policy(level="B-B"), journal=book)
        assert report.outcomes[0].error.code == "TARGET_EXISTS"
        assert items[0].dst.read_bytes() == b"mine"


@pytest.mark.parametrize("change", ["target", "source", "signer"])
def test_finished_file_that_is_not_the_same_any_more(change, authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf"])
    book = tmp_path / "j.jsonl"
    assert batch.sign_files(items, key, Policy(level="B-B"), journal=book).is_complete
    if change == "target":
        items[0].dst.write_bytes(items[0].dst.read_bytes() + b"\n")
    elif change == "source":
        paper(items[0].src, 3)
    else:
        key = authority.issue("Bình")
    (outcome,) = batch.sign_files(items, key, Policy(level="B-B"), journal=book).outcomes
    assert outcome.error.code == "TARGET_EXISTS"


def test_line_without_its_file_is_signed_again(authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf"])
    book = tmp_path / "j.jsonl"
    batch.sign_files(items, key, Policy(level="B-B"), journal=book)
    items[0].dst.unlink()
    book.write_bytes(book.read_bytes() + b'{"path": "half a li')
    (outcome,) = batch.sign_files(items, key, Policy(level="B-B"), journal=book).outcomes
    assert outcome.signed
    assert not outcome.resumed
    events = [json.loads(line)["event"] for line in book.read_bytes().splitlines() if b"}" in line]
    assert events == ["begin", "signed", "begin", "signed"]


def test_stray_parts_are_swept_and_others_left(authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf"])
    stray, other = items[0].dst.parent / ".a.pdf.0123abcd.part", tmp_path / "out" / ".b.pdf.0.part"
    stray.write_bytes(b"x")
    other.write_bytes(b"x")
    batch.sign_files(items, key, Policy(level="B-B"), journal=tmp_path / "j.jsonl")
    assert not stray.exists()
    assert other.exists()


def test_journal_is_one_batchs_alone(authority, tmp_path):
    key, items = authority.issue("An"), items_of(tmp_path, ["a.pdf"])
    with journal.opened(tmp_path / "j.jsonl"), pytest.raises(BatchBusy):
        batch.sign_files(items, key, Policy(level="B-B"), journal=tmp_path / "j.jsonl")
    assert (tmp_path / "j.jsonl").stat().st_mode & 0o777 == 0o600


# --- two roles ----------------------------------------------------------------------------------

TWO = """
name = "two"
version = 1
level = "B-LTA"
digest = "sha256"
max_skew_s = 300
{certify}
[keys]
min_rsa_bits = 2048
min_ec_bits = 256
usage = ["digital_signature"]
[[signers]]
role = "officer"
field = "Officer"
[[signers]]
role = "seal"
field = "Seal"
certificates = ["{seal}"]
"""


@pytest.fixture
def two(authority, tmp_path):
    """Both keys and the policy that asks for both."""
    from signing.policy import load_policy

    keys = {"officer": authority.issue("Nguyễn Văn An"), "seal": authority.issue("UBND xã An Bình")}

    def call(certify=False):
        path = tmp_path / "two.toml"
        seal = fingerprint(keys["seal"].certificate)
        path.write_text(TWO.format(certify="certify = true" if certify else "", seal=seal))
        return keys, load_policy(path, anchors=authority.anchors, revocation=authority.revocation())

    return call


@pytest.mark.parametrize("certify", [False, True])
def test_officer_and_seal_sign_in_order(certify, two, authority, tsa, tmp_path):
    keys, policy = two(certify)
    items = items_of(tmp_path, ["a.pdf"])
    (outcome,) = batch.sign_files(items, keys, policy, timestamper=tsa).outcomes
    assert outcome.signed.fields == ("Officer", "Seal")
    assert outcome.signed.level == "B-LTA"
    found = verify_file(items[0].dst, authority.anchors, expected_signers=outcome.signed.signers)
    assert found.status == "valid", found.reason
    assert [s.facts.field for s in found.signatures] == ["Officer", "Seal", "Timestamp1"]


def test_roles_that_sign_at_different_times(two, authority, tsa, tmp_path):
    keys, policy = two(True)
    (item,) = items_of(tmp_path, ["a.pdf"])
    first = engine.sign_file(
        item.src, item.dst, keys["officer"], policy, timestamper=tsa, role="officer"
    )
    assert first.fields == ("Officer",)
    end = engine.sign_file(
        item.dst, tmp_path / "end.pdf", keys["seal"], policy, timestamper=tsa, role="seal"
    )
    found = verify_file(end.path, authority.anchors)
    assert found.status == "valid", found.reason


def test_roles_are_refused_when_they_do_not_fit(two, authority, tsa, tmp_path):
    keys, policy = two()
    (item,) = items_of(tmp_path, ["a.pdf"])
    stranger = authority.issue("Khác")
    same = authority.issue("Một")
    for given, words in (
        ({"officer": keys["officer"]}, "no key for the role 'seal'"),
        (keys["officer"], "a key for each"),
        ({**keys, "seal": stranger}, "not appointed"),
        ({"officer": keys["seal"], "seal": keys["seal"]}, "two roles"),
    ):
        (outcome,) = batch.sign_files([item], given, policy, timestamper=tsa).outcomes
        assert words in outcome.error.en
        assert not item.dst.exists()
    assert stranger.signed == same.signed == 0
