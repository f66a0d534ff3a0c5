"""What comes back from a timestamp authority over an open network."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from urllib.error import URLError

import pytest
from asn1crypto import tsp

from signing.errors import TimestampUnreachable
from signing.timestamps import HttpAuthority, TimestampClient, _network_words


class Meddling:
    """An authority whose answers are changed on their way."""

    name = "tsa"

    def __init__(self, tsa, meddle):
        self._tsa, self._meddle = tsa, meddle

    def request(self, query):
        return self._meddle(self._tsa.request(query))


def stamp(port):
    return asyncio.run(TimestampClient(port).async_timestamp(bytes(32), "sha256"))


def last_byte_flipped(answer):
    # The answer ends in the token's signature.
    return answer[:-1] + bytes([answer[-1] ^ 1])


def later_time(answer):
    token = tsp.TimeStampResp.load(answer)["time_stamp_token"]
    year = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native.year
    return answer.replace(b"%d" % year, b"%d" % (year + 1))


def test_a_token_as_the_authority_sent_it(tsa):
    assert stamp(Meddling(tsa, lambda answer: answer))


@pytest.mark.parametrize("meddle", [last_byte_flipped, later_time])
def test_a_token_that_was_changed_on_its_way_is_refused(meddle, tsa):
    with pytest.raises(TimestampUnreachable) as caught:
        stamp(Meddling(tsa, meddle))
    assert "chữ ký của dấu thời gian không khớp" in caught.value.vi


@pytest.mark.parametrize(
    ("mode", "vi"),
    [
        ("error", "mã HTTP 500"),
        ("html", "không phải là dấu thời gian"),
        ("hang", "quá thời gian chờ"),
        ("huge", "quá dài"),
    ],
)
def test_what_went_wrong_is_told_in_both_languages(mode, vi, tsa, tsa_server):
    with tsa_server(tsa, mode) as url, pytest.raises(TimestampUnreachable) as caught:
        HttpAuthority(url, timeout_s=0.5).request(b"0")
    assert vi in caught.value.vi
    assert vi not in caught.value.en


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (URLError(ConnectionRefusedError(111, "refused")), "từ chối kết nối"),
        (URLError(socket.gaierror(-2, "no name")), "không tìm thấy tên máy chủ"),
        (URLError(ssl.SSLError("bad")), "kết nối bảo mật không hợp lệ"),
        (http.client.RemoteDisconnected("gone"), "ngắt kết nối giữa chừng"),
        (http.client.IncompleteRead(b""), "câu trả lời bị cắt ngang"),
        (OSError(113, "No route to host"), "lỗi mạng: No route to host"),
    ],
)
def test_words_of_the_network(error, words):
    assert _network_words(error)[1] == words
