"""What signing a batch costs, beside pyHanko's own command line on the same files and token.

    .venv/bin/python bench/signing.py [--files 200] [--mb 1] [--peer-files 20] [--large 100]

Makes a SoftHSM token, signs the files with a visible text mark at B-B: the digests with the bare
token, the files in one batch with one PIN, and some of them with `pyhanko sign addsig` (one process
a file, as that program is used). Each is then checked with OpenSSL and pdfsig. Last, signs and
verifies one large file and prints the peak of memory. The peer is installed into a virtual
environment in the cache folder on first use.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
PEER = ("pyhanko[pkcs11,opentype,image-support]==0.38.0", "pyhanko-cli==0.6.0")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "desk-bench" / "pyhanko"
AGENCY = "Ủy ban nhân dân xã An Bình"
CONFIG = """
pkcs11-setups:
  officer:
    module-path: {module}
    token-label: officer
    cert-label: officer
    user-pin: "{pin}"
stamp-styles:
  text:
    type: text
    border-width: 0
    background: __stamp__
    stamp-text: "Sao y\\n{agency}\\n%(ts)s"
    text-box-style: {{font: {font}}}
"""


def paper(path: Path, megabytes: float, pages: int = 1) -> Path:
    """An archival file of a size, its weight in pictures."""
    import pikepdf

    from tests.signing.papers import archive_paper

    archive_paper(path, part=2)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        size = int(megabytes * 1e6 / pages)
        for number in range(pages):
            picture = pikepdf.Stream(pdf, os.urandom(size))
            picture.update({
                "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 1000,
                "/Height": size // 1000, "/ColorSpace": pikepdf.Name.DeviceGray,
                "/BitsPerComponent": 8,
            })  # fmt: skip
            if number:
                pdf.add_blank_page(page_size=(595, 842))
                pdf.pages[-1].Contents = pdf.make_stream(b"q 400 0 0 500 50 50 cm /I2 Do Q")
                pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
            pdf.pages[-1].Resources.XObject["/I2"] = pdf.make_indirect(picture)
        pdf.save(path, fix_metadata_version=False)
    return path


def children_s() -> float:
    """CPU seconds of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spent(work: Callable[[], object]) -> tuple[float, float, object]:
    """CPU seconds of the child processes, wall seconds, result."""
    cpu, wall = children_s(), time.perf_counter()
    result = work()
    return children_s() - cpu, time.perf_counter() - wall, result


# --- in the signing process --------------------------------------------------------------------


def bare(link: object, secrets: list[bytearray], uri: str, files: int) -> int:
    """The same digests signed with the token alone."""
    from signing import keys

    with keys.open_key(uri, secrets[0]) as key:
        for number in range(files):
            key.sign_raw(number.to_bytes(64), "sha256")
        return key.status().logins


def large(
    link: object, secrets: list[bytearray], action: str, *names: str
) -> tuple[int, int, float]:
    """Peaks of memory in MB, here and in the renderer beside, and CPU seconds for one file."""
    started = time.process_time()
    paths = [Path(name) for name in names]
    if action == "sign":
        from signing import engine, keys
        from signing.policy import load_policy

        with keys.open_key(names[2], secrets[0]) as key:
            engine.sign_file(
                paths[0], paths[1], key, load_policy("electronic_copy", level="B-B", aim=""),
                appearance_values={"agency": AGENCY},
            )  # fmt: skip
    else:
        from signing.verify.verdict import verify_file

        verify_file(paths[0], [paths[1]])
    return peak_mb("self"), beside_mb(), time.process_time() - started


def peak_mb(process: str) -> int:
    """Of one process alone; what getrusage says begins with the parent's."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def beside_mb() -> int:
    """The most that a child process of this one took, running or ended; an upper bound."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return max([ended, *map(peak_mb, children.split())])


# --- the parts ---------------------------------------------------------------------------------


def batch_of(sources: list[Path], folder: Path, uri: str, pin: str) -> Callable[[], object]:
    from signing import worker
    from signing.batch import Item
    from signing.policy import load_policy

    (folder / "ours").mkdir()
    job = worker.BatchJob(
        tuple(Item(s, folder / "ours" / s.name, {"agency": AGENCY}) for s in sources),
        (("", uri),), load_policy("electronic_copy", level="B-B", aim=""),
        journal=folder / "journal.jsonl",
    )  # fmt: skip
    return lambda: worker.sign_files(job, [bytearray(pin.encode())])


def peer_program() -> Path:
    """The peer's command line, installed on first use."""
    program = CACHE / "bin" / "pyhanko"
    if not program.exists():
        print(f"installing {' '.join(PEER)}", file=sys.stderr)
        venv.create(CACHE, with_pip=True, clear=True)
        subprocess.run([CACHE / "bin" / "pip", "install", "-q", *PEER], check=True)
    return program


def sign_with_peer(program: Path, sources: list[Path], folder: Path) -> Callable[[], object]:
    (folder / "peer").mkdir()

    def work() -> None:
        for source in sources:
            subprocess.run(
                [program, "--config", folder / "pyhanko.yml", "sign", "addsig",
                 "--field", "1/370,780,570,830/ChuKy1", "--style-name", "text", "--use-pades",
                 "pkcs11", "--p11-setup", "officer", source, folder / "peer" / source.name],
                check=True, capture_output=True, timeout=120,
            )  # fmt: skip

    return work


def checked(folder: Path, authorities: Path) -> str:
    """How many files OpenSSL and pdfsig agree with."""
    files = sorted(folder.glob("*.pdf"))
    by_openssl = by_pdfsig = 0
    for path in files:
        data = path.read_bytes()
        a, b, c, d = map(
            int, re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)[-1]
        )
        (folder / "c.bin").write_bytes(data[a : a + b] + data[c : c + d])
        (folder / "s.der").write_bytes(bytes.fromhex(data[a + b + 1 : c - 1].decode()))
        said = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any",
             "-in", folder / "s.der", "-content", folder / "c.bin",
             "-CAfile", authorities, "-out", os.devnull],
            capture_output=True, check=False,
        )  # fmt: skip
        by_openssl += said.returncode == 0
        if shutil.which("pdfsig"):
            shown = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=False)
            by_pdfsig += b"Signature is Valid" in shown.stdout
    return f"openssl {by_openssl}/{len(files)}, pdfsig {by_pdfsig}/{len(files)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--mb", type=float, default=1.0)
    parser.add_argument("--peer-files", type=int, default=20)
    parser.add_argument("--large", type=float, default=100.0, help="MB of the large file; 0: none")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), args)


def run(folder: Path, args: argparse.Namespace) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from signing import worker
    from signing.appearance.font import mark_font
    from tests.signing.pki import Authority
    from tests.signing.tokens import PIN, softhsm

    print(f"machine: {platform.platform()}, {os.cpu_count()} cores, {platform.python_version()}")
    tokens, authority = softhsm(folder / "hsm"), Authority.new()
    tokens.add("officer", authority, "Nguyễn Văn An")
    os.environ.update(tokens.environment)
    uri = f"pkcs11:{tokens.module}?token=officer"
    root = authority.root_pem(folder / "root.pem")
    authorities = folder / "authorities.pem"
    authorities.write_bytes(root.read_bytes() + authority.certificate.public_bytes(Encoding.PEM))
    (folder / "in").mkdir()
    one = paper(folder / "one.pdf", args.mb).read_bytes()
    sources = [folder / "in" / f"{number:03}.pdf" for number in range(args.files)]
    for source in sources:
        source.write_bytes(one)
    (folder / "pyhanko.yml").write_text(
        CONFIG.format(module=tokens.module, pin=PIN, agency=AGENCY, font=mark_font().path)
    )

    alone, _, _ = spent(lambda: worker.run(bare, uri, args.files, secrets=[_pin(PIN)]))
    ours, wall, report = spent(batch_of(sources, folder, uri, PIN))
    above = 1000 * (ours - alone) / args.files
    print(f"{args.files} files of {len(one) / 1e6:.2f} MB, one PIN, {report.logins} login, "
          f"complete: {report.is_complete}")  # fmt: skip
    print(f"bare token:      {1000 * alone / args.files:7.1f} ms CPU a file (its process included)")
    print(f"desk, one batch: {1000 * ours / args.files:7.1f} ms CPU a file, "
          f"{1000 * wall / args.files:.1f} ms wall; above the bare token {above:.1f}")  # fmt: skip
    print(f"                 {checked(folder / 'ours', authorities)}")
    if args.peer_files:
        some = sources[: args.peer_files]
        theirs, wall, _ = spent(sign_with_peer(peer_program(), some, folder))
        print(f"pyhanko addsig:  {1000 * theirs / len(some):7.1f} ms CPU a file, "
              f"{1000 * wall / len(some):.1f} ms wall ({len(some)} files, one PIN each); "
              f"{theirs / len(some) / (ours / args.files):.0f} × ours")  # fmt: skip
        print(f"                 {checked(folder / 'peer', authorities)}")
    if args.large:
        big, signed = paper(folder / "big.pdf", args.large, 50), folder / "big-signed.pdf"
        peak, beside, cpu = worker.run(
            large, "sign", str(big), str(signed), uri, secrets=[_pin(PIN)]
        )
        print(
            f"{big.stat().st_size / 1e6:.0f} MB: sign   {peak} MB of memory, "
            f"the renderer {beside} MB, {cpu:.1f} s CPU"
        )
        peak, beside, cpu = worker.run(large, "verify", str(signed), str(root))
        print(
            f"{big.stat().st_size / 1e6:.0f} MB: verify {peak} MB of memory, "
            f"the renderer {beside} MB, {cpu:.1f} s CPU"
        )


def _pin(text: str) -> bytearray:
    return bytearray(text.encode())


if __name__ == "__main__":
    main()
