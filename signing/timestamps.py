"""Timestamp authorities (RFC 3161): one reached over HTTP, and one of our own in process.

The local authority issues real tokens with its own key and certificate. It proves nothing about
time to a third party, which is why only demonstrations and tests use it.
"""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - ASN.1 objects have no useful static types

from __future__ import annotations

import hashlib
import http.client
import secrets
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from asn1crypto import algos, cms, core, tsp
from asn1crypto.parser import parse
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from signing.certificates import der, holder
from signing.errors import PolicyViolated, TimestampUnreachable
from signing.ports import Clock, SystemClock, TimestampPort
from signing.trust import to_asn1

_QUERY = "application/timestamp-query"
_REPLY = "application/timestamp-reply"
_LARGEST_REPLY = 1 << 18
"""A token with its chain is 3 to 10 KB; anything much larger is not a token."""


class HttpAuthority:
    """A timestamp authority behind a URL (RFC 3161 §3.4)."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise PolicyViolated(
                "the timestamp authority's address is not http(s)",
                "địa chỉ máy chủ dấu thời gian không phải http(s)",
            )
        self._url = url
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """The URL without user information."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"

    def request(self, query: bytes) -> bytes:
        """Post the query; the whole exchange is bounded by the timeout."""
        headers = {"Content-Type": _QUERY, "Accept": _REPLY}
        deadline = time.monotonic() + self._timeout_s
        try:
            call = Request(self._url, query, headers, method="POST")
            with urlopen(call, timeout=self._timeout_s) as reply:
                if reply.headers.get_content_type() != _REPLY:
                    raise self._unreachable(
                        "the answer is not a timestamp", "câu trả lời không phải là dấu thời gian"
                    )
                return self._read(reply, deadline)
        except HTTPError as error:
            with error:  # it holds the connection
                raise self._unreachable(f"HTTP {error.code}", f"mã HTTP {error.code}") from None
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise self._unreachable(*_network_words(error)) from None

    def _read(self, reply: http.client.HTTPResponse, deadline: float) -> bytes:
        data = bytearray()
        while chunk := reply.read1(8192):
            data += chunk
            # A server that drips one byte at a time never trips the socket's own timeout.
            if len(data) > _LARGEST_REPLY or time.monotonic() > deadline:
                raise self._unreachable(
                    "the answer is too long or too slow", "câu trả lời quá dài hoặc quá chậm"
                )
        return bytes(data)

    def _unreachable(self, en: str, vi: str) -> TimestampUnreachable:
        return TimestampUnreachable(
            f"{self.name}: {en}", f"máy chủ {self.name} không trả lời đúng ({vi})"
        )


_NETWORK: tuple[tuple[type[Exception], str, str], ...] = (
    (TimeoutError, "it did not answer in time", "quá thời gian chờ"),
    (ConnectionRefusedError, "it refused the connection", "từ chối kết nối"),
    (socket.gaierror, "there is no such host", "không tìm thấy tên máy chủ"),
    (ssl.SSLError, "its secure connection does not hold", "kết nối bảo mật không hợp lệ"),
    (ConnectionError, "it broke off", "ngắt kết nối giữa chừng"),
    (http.client.HTTPException, "its answer breaks off", "câu trả lời bị cắt ngang"),
)


def _network_words(error: Exception) -> tuple[str, str]:
    """What the network said, in English and in Vietnamese."""
    cause = getattr(error, "reason", error)
    for kind, en, vi in _NETWORK:
        if isinstance(cause, kind):
            return en, vi
    text = " ".join(str(getattr(cause, "strerror", None) or cause).split())[:200]
    return text, f"lỗi mạng: {text}"


class LocalAuthority:
    """A timestamp authority in this process, for demonstrations and tests."""

    POLICY = "2.999.3161"
    """An OID under the example arc (ITU-T X.660): visibly nobody's real policy."""

    def __init__(
        self,
        key: rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate] = (),
        clock: Clock | None = None,
    ) -> None:
        self._key = key
        self._certificate = to_asn1(certificate)
        self._all = [to_asn1(c) for c in (certificate, *chain)]
        self._certificate_sha256 = hashlib.sha256(der(certificate)).digest()
        self._name = holder(certificate)
        self._clock = clock or SystemClock()

    @property
    def name(self) -> str:
        """The common name in the authority's certificate."""
        return self._name

    def request(self, query: bytes) -> bytes:
        """Answer a timestamp query with a signed token."""
        try:
            asked = tsp.TimeStampReq.load(query, strict=True)
            token = self._token(asked)
        except (ValueError, TypeError) as error:
            raise TimestampUnreachable(
                f"the query cannot be read: {error}", "không đọc được yêu cầu"
            ) from None
        granted = {"status": tsp.PKIStatusInfo({"status": "granted"}), "time_stamp_token": token}
        return bytes(tsp.TimeStampResp(granted).dump())

    def _token(self, asked: tsp.TimeStampReq) -> cms.ContentInfo:
        content = self._info(asked).dump()
        attributes = self._attributes(content)
        signature = self._key.sign(attributes.dump(), padding.PKCS1v15(), SHA256())
        return cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": self._signed_data(content, attributes, signature),
            }
        )

    def _info(self, asked: tsp.TimeStampReq) -> tsp.TSTInfo:
        info = {
            "version": "v1",
            "policy": self.POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(63) | 1,
            "gen_time": self._clock.now().astimezone(UTC).replace(microsecond=0),
        }
        if asked["nonce"].native is not None:
            info["nonce"] = asked["nonce"]
        return tsp.TSTInfo(info)

    def _attributes(self, content: bytes) -> cms.CMSAttributes:
        essence = tsp.SigningCertificateV2(
            {"certs": [tsp.ESSCertIDv2({"cert_hash": self._certificate_sha256})]}
        )
        pairs = (
            ("content_type", "tst_info"),
            ("message_digest", hashlib.sha256(content).digest()),
            ("signing_certificate_v2", essence),
        )
        return cms.CMSAttributes(
            [cms.CMSAttribute({"type": kind, "values": (value,)}) for kind, value in pairs]
        )

    def _signed_data(
        self, content: bytes, attributes: cms.CMSAttributes, signature: bytes
    ) -> cms.SignedData:
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        certificate = self._certificate
        identifier = cms.IssuerAndSerialNumber(
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
                "digest_algorithm": digest,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signed_attrs": attributes,
                "signature": signature,
            }
        )
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": (digest,),
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": self._all,
                "signer_infos": [signer],
            }
        )


class _Token(cms.ContentInfo):  # type: ignore[misc]
    """A token that is written out as it came.

    The ASN.1 library takes a definite length whose last byte is 0x80 for an indefinite one and
    encodes the token anew, many times over: with one authority in 256, forty times slower.
    """

    _as_received = b""

    @classmethod
    def of(cls, received: bytes) -> _Token:
        token: _Token = cls.load(received)
        token._as_received = received
        return token

    def dump(self, force: bool = False) -> bytes:
        return self._as_received


REST_S = 60.0
"""An authority that did not answer is not asked again for so long while another one is there."""


class Authorities:
    """Timestamp authorities in the policy's order; the next is asked when one does not answer."""

    def __init__(self, ports: Sequence[TimestampPort]) -> None:
        self._clients = [_client_for(port) for port in ports]

    def __bool__(self) -> bool:
        return bool(self._clients)

    def __iter__(self) -> Iterator[TimestampClient]:
        """Those that are well first, each group in order."""
        return iter(sorted(self._clients, key=lambda client: client.is_resting))


class TimestampClient(TimeStamper):
    """Our timestamp port as pyHanko's client, with the checks that it leaves out."""

    def __init__(self, port: TimestampPort) -> None:
        super().__init__()
        self._port = port
        self.last_time: datetime | None = None
        self._received = b""
        self._received_s = 0.0
        self._rests_until = 0.0
        self.token_size = 0
        self.chain: tuple[x509.Certificate, ...] = ()
        """Certificates in the last token."""
        self.seen: dict[x509.Certificate, tuple[x509.Certificate, ...]] = {}
        """Who signed tokens for this file, with what came beside: a service may be many."""

    @property
    def name(self) -> str:
        """The authority's name, for messages."""
        return self._port.name

    @property
    def is_resting(self) -> bool:
        """It did not answer a short while ago."""
        return time.monotonic() < self._rests_until

    def rest(self) -> None:
        """Ask the others first for a while."""
        self._rests_until = time.monotonic() + REST_S

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send a query through the port."""
        answer = self._port.request(req.dump())
        try:
            content = parse(answer)[4]
            self._received = content[sum(len(part) for part in parse(content)[3:]) :]
            return tsp.TimeStampResp.load(answer, strict=True)
        except ValueError:
            raise self._refused("the answer cannot be read", "không đọc được trả lời") from None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        """A token over the digest, checked to be over this digest."""
        try:
            await super().async_timestamp(message_digest, md_algorithm)
            token = _Token.of(self._received)
            info = token["content"]["encap_content_info"]["content"].parsed
            imprint = info["message_imprint"]["hashed_message"].native
            self._remember(token, info["gen_time"].native)
            holds = _holds(token, self.authority)
        except TimestampRequestError as error:
            raise self._refused(str(error), "máy chủ từ chối yêu cầu") from None
        except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
            raise self._refused(
                "the token cannot be read", "không đọc được dấu thời gian"
            ) from None
        if imprint != message_digest:
            raise self._refused(
                "the token is for something else", "dấu thời gian không thuộc tệp này"
            )
        if not holds:
            raise self._refused(
                "the token's own signature does not hold", "chữ ký của dấu thời gian không khớp"
            )
        return token

    def _remember(self, token: Any, time_: datetime) -> None:
        self.last_time, self._received_s = time_, time.monotonic()
        self.token_size = len(self._received)
        bag = token["content"]["certificates"]
        self.chain = tuple(x509.load_der_x509_certificate(c.chosen.dump()) for c in bag)
        serial = token["content"]["signer_infos"][0]["sid"].chosen["serial_number"].native
        self.authority = next(c for c in self.chain if c.serial_number == serial)
        self.seen[self.authority] = self.chain

    def skew(self, moment: datetime) -> timedelta:
        """How far the printed time lies from the authority's.

        The last token may be hours old, so the authority's time is carried on from it.
        """
        assert self.last_time is not None
        age = timedelta(seconds=time.monotonic() - self._received_s)
        return abs(self.last_time + age - moment)

    def check_skew(self, moment: datetime, most: timedelta) -> None:
        """The time printed on the page must be near the authority's."""
        if self.skew(moment) > most:
            raise PolicyViolated(
                "the computer's clock and the timestamp authority disagree",
                "đồng hồ máy tính lệch so với máy chủ dấu thời gian",
            )

    def _refused(self, en: str, vi: str) -> TimestampUnreachable:
        return TimestampUnreachable(f"{self._port.name}: {en}", f"{self._port.name}: {vi}")


def _holds(token: Any, authority: x509.Certificate) -> bool:
    """The authority signed this token: what came over an open network may have been changed."""
    signer_info = token["content"]["signer_infos"][0]
    content = bytes(token["content"]["encap_content_info"]["content"])
    kind = signer_info["digest_algorithm"]["algorithm"].native
    try:
        digest = hashlib.new(kind, content).digest()
        found = validate_sig_integrity(signer_info, to_asn1(authority), "tst_info", digest)
    except (SignatureValidationError, ValueError, NotImplementedError):
        return False
    return all(found)


@lru_cache(maxsize=8)
def _client_for(port: TimestampPort) -> TimestampClient:
    """One client per authority, so that its first token is asked for once."""
    return TimestampClient(port)
