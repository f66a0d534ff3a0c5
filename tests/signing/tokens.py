"""SoftHSM tokens with keys generated inside them, and a module that lies about their state."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from tests.signing.pki import name

PIN = "Pin-12345"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)


@dataclass
class Tokens:
    """A folder of tokens that only processes with this environment see."""

    folder: Path
    module: str

    @property
    def environment(self):
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def tool(self, program, *arguments):
        subprocess.run(
            [program, *map(str, arguments)], env={**os.environ, **self.environment}, check=True,
            timeout=60, capture_output=True,
        )  # fmt: skip

    def add(self, label, authority, common, **changes):
        """A token with one key that never leaves it, certified by the authority."""
        self.tool("softhsm2-util", "--init-token", "--free", "--label", label,
                  "--so-pin", "so-1234", "--pin", PIN)  # fmt: skip
        common_options = ("--module", self.module, "--token-label", label, "--login",
                          "--pin", PIN, "--id", "01")  # fmt: skip
        self.tool("pkcs11-tool", *common_options, "--keypairgen", "--key-type", "rsa:2048",
                  "--label", label)  # fmt: skip
        public = self.folder / f"{label}.pub"
        self.tool("pkcs11-tool", *common_options, "--read-object", "--type", "pubkey", "-o", public)
        certificate = authority.certify(
            name(common), load_der_public_key(public.read_bytes()), **changes
        )
        for number, each in enumerate((certificate, authority.certificate)):
            der = self.folder / f"{label}-{number}.der"
            der.write_bytes(each.public_bytes(Encoding.DER))
            self.tool("pkcs11-tool", *common_options[:-2], "--id", f"{number + 1:02}",
                      "--write-object", der, "--type", "cert",
                      "--label", label if number == 0 else "ca")  # fmt: skip
        return certificate


def softhsm(folder):
    """Tokens in a folder, skipping with a reason where the programs are absent."""
    module = next((m for m in MODULES if Path(m).exists()), None)
    if module is None or not shutil.which("pkcs11-tool") or not shutil.which("softhsm2-util"):
        pytest.skip("softhsm2 and opensc are not installed")
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    return Tokens(folder, module)


@dataclass
class FakeToken:
    """The module of fake_token.c with its folder of instructions."""

    module: str
    folder: Path
    environment: dict

    def say(self, **values):
        for key, value in values.items():
            (self.folder / key).write_text(f"{value:x}")

    @property
    def logins(self):
        path = self.folder / "logins"
        return len(path.read_text().splitlines()) if path.exists() else 0


def compiled(folder):
    """Build the lying module; without a compiler say so and skip."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("no C compiler to build the fake token with")
    library = folder / "fake_token.so"
    source = Path(__file__).parent / "fake_token.c"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60
    )
    return library


def fake(tokens, library, folder):
    """The lying module over real tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **tokens.environment, "FAKE_TOKEN_MODULE": tokens.module, "FAKE_TOKEN_DIR": str(folder),
    }  # fmt: skip
    return FakeToken(str(library), folder, environment)
