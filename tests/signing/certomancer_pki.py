"""A certomancer PKI on loopback: root, issuing authority, OCSP, lists and timestamps over HTTP."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from wsgiref.simple_server import WSGIRequestHandler, make_server

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from signing.trust import Anchor, Anchors
from tests.signing.pki import Key

PEOPLE = ("officer", "seal", "revoked", "expired", "no_ocsp")
_ALL = ("root", "issuing", "ocsp", "tsa", *PEOPLE)
_NAMES = {
    "officer": "Nguyễn Văn An", "seal": "Ủy ban nhân dân xã An Bình", "root": "Gốc thử nghiệm",
}  # fmt: skip


class _Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@dataclass
class Pki:
    """The running PKI; ``stop`` ends every server at once."""

    arch: object
    url: str
    stop: object
    asked: list

    def certificate(self, label):
        der = self.arch.get_cert(CertLabel(label)).dump()
        return x509.load_der_x509_certificate(der)

    def key(self, label):
        private = self.arch.key_set.get_private_key(label)
        pem = private.dump()
        from cryptography.hazmat.primitives.serialization import load_der_private_key

        return Key(
            load_der_private_key(pem, None),
            self.certificate(label),
            (self.certificate("issuing"),),
        )

    @property
    def anchors(self):
        return Anchors((Anchor(self.certificate("root"), "root.pem"),))

    @property
    def tsa_url(self):
        return f"{self.url}/vn/tsa/tsa"


def _config(url, folder):
    valid = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2100-01-01T00:00:00+0000"}
    issued = [{"id": "digsig-commitment"}]

    def certificate(subject, issuer="issuing", **more):
        return {"subject": subject, "issuer": issuer, "validity": valid, **more}

    points = [
        {"id": "crl_distribution_points",
         "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": ["issuing"]}}},
    ]  # fmt: skip
    ca = {"crl-repo": "issuing", "ocsp-service": "issuing"}
    ended = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2021-01-01T00:00:00+0000"}
    usage = {"id": "key_usage", "critical": True,
             "smart-value": {"schema": "key-usage", "params": ["digital_signature"]}}  # fmt: skip
    stamping = {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]}
    certs = {
        "root": certificate(
            "root", "root", profiles=[{"id": "simple-ca", "params": {"crl-repo": "root"}}]
        ),
        "issuing": certificate(
            "issuing", "root", profiles=[{"id": "simple-ca", "params": ca}]
        ),
        "ocsp": certificate("ocsp", profiles=[{"id": "ocsp-responder"}]),
        "tsa": certificate("tsa", extensions=[usage, stamping, *points]),
        "officer": certificate("officer", profiles=issued),
        "seal": certificate("seal", profiles=issued),
        "no_ocsp": certificate("no_ocsp", profiles=issued),
        "revoked": certificate(
            "revoked", profiles=issued,
            revocation={"revoked-since": "2021-01-01T00:00:00+0000", "reason": "key_compromise"},
        ),
        "expired": certificate("expired", profiles=issued) | {"validity": ended},
    }  # fmt: skip
    return {
        "external-url-prefix": url,
        "keysets": {
            "keys": {"path-prefix": ".", "keys": {k: {"path": f"{k}.pem"} for k in _ALL}}
        },
        "pki-architectures": {
            "vn": {
                "keyset": "keys",
                "entity-defaults": {"country-name": "VN", "organization-name": "Thử nghiệm"},
                "entities": {k: {"common-name": _NAMES.get(k, k)} for k in _ALL},
                "certs": certs,
                "services": {
                    "ocsp": {"issuing": {"for-issuer": "issuing", "responder-cert": "ocsp",
                                         "signing-key": "ocsp"}},
                    "crl-repo": {
                        name: {"for-issuer": name, "signing-key": name,
                               "simulated-update-schedule": "P90D"}
                        for name in ("root", "issuing")
                    },
                    "time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}},
                },
            }
        },
    }  # fmt: skip


@contextmanager
def running(folder):
    """Serve a fresh PKI whose keys are written to ``folder``."""
    logging.getLogger("certomancer").setLevel(logging.CRITICAL)
    for label in _ALL:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{label}.pem").write_bytes(pem)
    asked = []
    apps = []

    def app(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return apps[0](environ, start_response)

    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    url = f"http://127.0.0.1:{server.server_port}"
    config = CertomancerConfig(_config(url, folder), key_search_dir=str(folder))
    arch = config.get_pki_arch(ArchLabel("vn"))
    apps.append(Animator(AnimatorArchStore({ArchLabel("vn"): arch}), with_web_ui=False))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def stop():
        if thread.is_alive():
            server.shutdown()
            thread.join()
            server.server_close()

    try:
        yield Pki(arch, url, stop, asked)
    finally:
        stop()


__all__ = ["PEOPLE", "Pki", "load_pem_private_key", "running"]
