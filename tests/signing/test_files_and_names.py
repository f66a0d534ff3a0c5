"""What stands under a name: no regular file, or a name that would drive a screen."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signing.certificates import agency, holder, one_line
from signing.errors import AnchorBad, FileUnreadable, KeyFileBad
from signing.files import words_of
from signing.keys import certificates
from signing.trust import Anchors, load
from signing.verify.structure import inspect
from signing.verify.verdict import verify_file


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.pdf")
    said = []

    def work():
        with pytest.raises(FileUnreadable) as caught:
            verify_file(tmp_path / "pipe.pdf", Anchors())
        said.append(caught.value)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(5)
    assert said
    assert "thông thường" in said[0].vi
    assert "regular" in said[0].en


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (lambda path: load([path]), AnchorBad),
        (lambda path: certificates(f"p12:{path}", bytearray(b"x")), KeyFileBad),
    ],
)
def test_keys_and_anchors_are_not_waited_for_either(work, error):
    with pytest.raises(error, match="not a regular file"):
        work(Path("/dev/zero"))


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path)])
def test_the_systems_words_are_in_both_languages(make, tmp_path):
    path = tmp_path / "thing.pdf"
    make(path)
    with pytest.raises(FileUnreadable) as caught:
        inspect(path)
    assert caught.value.vi.isascii() is False
    assert os.strerror(errno.EISDIR) not in caught.value.vi
    assert os.strerror(errno.ELOOP) not in caught.value.vi


def test_a_fault_that_nobody_foresaw_keeps_the_systems_words():
    assert words_of(OSError(errno.EPIPE, "Broken pipe"))[1] == "lỗi hệ thống: Broken pipe"
    assert words_of(OSError(errno.ENOSPC, "No space left"))[0] == "the disk is full"


def test_a_name_is_one_line_that_reads_as_it_is_written(authority):
    key = authority.issue("An").key
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sở\u202eđ\u2069 Tư pháp"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn\n✓ Hợp lệ: a.pdf\x1b[2K\u2028An"),
    ]
    certificate = authority.certify(x509.Name(parts), key.public_key())
    assert holder(certificate) == "Nguyễn ✓ Hợp lệ: a.pdf [2K An"
    assert agency(certificate) == "Sở\ufffdđ\ufffd Tư pháp"


def test_vietnamese_is_left_as_it_is_however_it_is_composed():
    for text in ("Ủy ban nhân dân phường Ô Chợ Dừa", "U\u0309y ban", "Văn thư – số 1/QĐ"):
        assert one_line(text) == text
