"""A network scanner on loopback that speaks eSCL, with every fault that devices are known for.

It keeps its own books (`fed`, `served`, `deleted`), so that a test can compare what a client says
with what happened. sane-airscan, an independent client, scans from it.
"""

from __future__ import annotations

import gzip
import io
import ssl
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw

NS = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" '
    'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)
MODES = {"RGB24": "RGB", "Grayscale8": "L"}


@dataclass
class Script:
    """What the scanner is and what goes wrong with it. Pages are counted from 1 within a job."""

    sheets: int = 8
    duplex: bool = False
    glass: bool = True
    feeder: bool = True
    model: str = "Trình diễn ScanJet 100"
    uuid: str = "4509a320-00a0-008f-00b6-002507510eca"
    dpi: tuple[int, ...] = (75, 150, 200, 300, 600)
    formats: tuple[str, ...] = ("image/jpeg", "application/pdf")
    sends: str = ""
    """Media type sent whatever was ordered."""
    pages_per_pdf: int = 1
    location: str = "absolute"
    end_code: int = 404
    retry_after: str = "1"
    caps_503: int = 0
    post_503: int = 0
    post_code: int = 0
    refuse_bw: bool = False
    next_503: dict[int, int] = field(default_factory=dict)
    """How often a page is "not ready" before it comes."""
    early: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Code, and how often it is answered before the page comes all the same."""
    bad: dict[int, str] = field(default_factory=dict)
    """empty, truncated, headless (cut, but with an end marker), cut, huge, endless, html, cut
    compressed."""
    stop_at: dict[int, str] = field(default_factory=dict)
    """AdfState that stops the job before this page; `-` aborts it with no word."""
    cancel_at: int = 0
    ends_early_at: int = 0
    """The job says Completed before this page although sheets lie in the feeder."""
    mute: frozenset[str] = frozenset()
    """Resources that are never answered: ScannerCapabilities, ScanJobs, NextDocument, …"""
    replace: dict[str, bytes] = field(default_factory=dict)
    """Bodies sent instead of a resource's own."""
    lists_jobs: bool = True
    reason: str = "None"
    """The device's StateReason."""
    counts: int | None = None
    """ImagesCompleted whatever is true."""
    page_s: float = 0.0
    """How long a page takes, spread over its bytes."""
    scale: float = 1.0
    """Pictures come in this size instead of the one ordered."""
    gray: bool = False
    """Pictures come grey whatever was ordered."""
    gzips: bool = False
    """Every answer comes compressed, although nobody asked for that."""
    codes: dict[str, int] = field(default_factory=dict)
    """HTTP codes sent, with no body, instead of a resource's own answer."""
    redirect: str = ""
    """Where ScannerCapabilities under /eSCL redirects to; `{here}` is scheme, host and port."""


class Job:
    def __init__(self, path: str, order: dict[str, str], source: str) -> None:
        self.path, self.order, self.source = path, order, source
        self.state, self.reasons = "Processing", ["JobScanning"]
        self.served = 0
        self.asked: dict[int, int] = {}

    @property
    def size(self) -> tuple[int, int]:
        dpi = int(self.order.get("XResolution", "300"))
        return tuple(
            max(1, round(int(self.order.get(side, "2480")) * dpi / 300))
            for side in ("Width", "Height")
        )


class Scanner(ThreadingHTTPServer):
    """The scanner; a context manager that answers on a port of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, script: Script | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.script = script or Script()
        self.scheme = "https" if tls else "http"
        self.fed = 0
        self.served: list[bytes] = []
        self.deleted: list[str] = []
        self.log: list[str] = []
        self.orders: list[bytes] = []
        self.jobs: list[Job] = []
        self.adf_state = ""
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self._left = {"caps": self.script.caps_503, "post": self.script.post_503}
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/eSCL"

    @property
    def uri(self) -> str:
        return f"escl:{self.address}"

    def load(self, sheets: int) -> None:
        """Put sheets into the feeder."""
        self.fed, self.script.sheets, self.adf_state = 0, sheets, ""

    def spend(self, what: str) -> bool:
        with self.lock:
            self._left[what] -= 1
            return self._left[what] >= 0

    @property
    def adf(self) -> str:
        if self.adf_state:
            return f"ScannerAdf{self.adf_state}"
        return f"ScannerAdf{'Loaded' if self.fed < self.script.sheets else 'Empty'}"

    @property
    def open_jobs(self) -> list[Job]:
        return [job for job in self.jobs if job.path not in self.deleted]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""

    def __enter__(self) -> Scanner:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join(5)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Scanner
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(30)

    def do_GET(self) -> None:
        name = self._begin()
        if name == "ScannerCapabilities":
            if self.server.spend("caps"):
                self._send(503, b"", {"Retry-After": self.server.script.retry_after})
            else:
                self._send(200, capabilities(self.server.script))
        elif name == "ScannerStatus":
            self._send(200, status(self.server))
        elif name == "NextDocument":
            self._next()
        elif name:
            self._send(404, b"")

    def do_POST(self) -> None:
        if self._begin() != "ScanJobs":
            self._send(404, b"")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.orders.append(body)
        script = self.server.script
        order = {one.tag.rpartition("}")[2]: one.text or "" for one in ET.fromstring(body).iter()}
        if self.server.spend("post"):
            self._send(503, b"", {"Retry-After": script.retry_after})
        elif script.post_code:
            self._send(script.post_code, b"")
        elif script.refuse_bw and order.get("ColorMode") == "BlackAndWhite1":
            self._send(409, b"")
        else:
            self._accept(order)

    def do_DELETE(self) -> None:
        if self._begin():
            path = self.path.rstrip("/")
            self.server.deleted.append(path)
            for job in self.server.jobs:
                if job.path == path and job.state == "Processing":
                    job.state, job.reasons = "Canceled", ["JobCanceledByUser"]
            self._send(200, b"")

    # --- parts ---

    def _begin(self) -> str:
        """The resource's name; empty if the script keeps silent or sends something else."""
        name = self.path.rstrip("/").rpartition("/")[2]
        self.server.log.append(f"{self.command} {self.path}")
        script = self.server.script
        if name in script.mute or (self.command == "DELETE" and "DELETE" in script.mute):
            self.server.closing.wait(60)
            self.close_connection = True
            return ""
        if name in script.replace:
            self._send(200, script.replace[name])
            return ""
        if name in script.codes:
            self._send(script.codes[name], b"")
            return ""
        if name == "ScannerCapabilities" and script.redirect and self.path.startswith("/eSCL/"):
            here = self.server.address.removesuffix("/eSCL")
            self._send(302, b"", {"Location": script.redirect.format(here=here)})
            return ""
        return name

    def _send(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for key, value in {"Content-Type": "text/xml", **(headers or {})}.items():
            self.send_header(key, value)
        if self.server.script.gzips:
            self.send_header("Content-Encoding", "gzip")
            body = gzip.compress(body)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _accept(self, order: dict[str, str]) -> None:
        server, script = self.server, self.server.script
        source = "glass" if order.get("InputSource") == "Platen" else "feeder"
        if source == "feeder" and order.get("Duplex") == "true":
            source = "duplex"
        path = f"/eSCL/ScanJobs/{uuid.uuid4()}"
        with server.lock:
            server.jobs.append(Job(path, order, source))
        where = {
            "absolute": f"{server.scheme}://127.0.0.1:{server.server_address[1]}{path}",
            "relative": path,
            "wrong_host": f"http://printer.invalid:631{path}",
            "wrong_path": "/eSCL/ScanJobs/00000000-dead",
            "broken": "http://[fe80::1%25eth0/eSCL",
            "no_scheme": f"127.0.0.1:{server.server_address[1]}{path}",
            "host_only": f"printer.local{path}",
            "only_id": path.rpartition("/")[2],
            "next_document": f"{path}/NextDocument/",
        }
        headers = {"Location": where[script.location]} if script.location in where else {}
        self._send(201, b"", headers)

    def _next(self) -> None:
        server, script = self.server, self.server.script
        path = self.path.rpartition("/")[0]
        job = next((one for one in server.jobs if one.path == path), None)
        if job is None or job.state in ("Aborted", "Canceled"):
            self._send(404, b"")
            return
        number = job.served + 1
        job.asked[number] = tries = job.asked.get(number, 0) + 1
        if tries <= script.next_503.get(number, 0):
            self._send(503, b"", {"Retry-After": script.retry_after})
        elif number in script.early and tries <= script.early[number][1]:
            self._send(script.early[number][0], b"")
        elif self._stops(job, number) or self._has_ended(job, number):
            self._send(script.end_code, b"")
        else:
            self._serve(job, number)

    def _stops(self, job: Job, number: int) -> bool:
        """Whether the device stops before this page, by its state alone."""
        server, script = self.server, self.server.script
        word = script.stop_at.get(number)
        if word is not None:
            job.state, job.reasons = "Aborted", ["ResourcesAreNotReady"]
            server.adf_state = "" if word == "-" else word
        elif number == script.cancel_at:
            job.state, job.reasons = "Canceled", ["JobCanceledAtDevice"]
        return job.state != "Processing"

    def _has_ended(self, job: Job, number: int) -> bool:
        server, script = self.server, self.server.script
        over = job.served >= 1 if job.source == "glass" else server.fed >= script.sheets
        if job.source == "duplex" and job.served % 2:
            over = False
        if over or number == script.ends_early_at:
            job.state, job.reasons = "Completed", ["JobCompletedSuccessfully"]
        return job.state == "Completed"

    def _serve(self, job: Job, number: int) -> None:
        server, script = self.server, self.server.script
        per_sheet = 2 if job.source == "duplex" else 1
        media = script.sends or job.order.get("DocumentFormat", "image/jpeg")
        pages = script.pages_per_pdf if media == "application/pdf" else 1
        if job.source == "feeder":
            pages = min(pages, script.sheets - server.fed)
        pictures = [self._picture(job, number + extra) for extra in range(pages)]
        body = as_pdf(pictures) if media == "application/pdf" else pictures[0]
        if job.source != "glass":
            server.fed += pages if per_sheet == 1 else (job.served + 1) % 2
        job.served += pages
        bad = script.bad.get(number, "")
        if bad in ("", "truncated", "headless"):
            server.served.append(body)
        self._stream(bad, body, media)

    def _picture(self, job: Job, number: int) -> bytes:
        script = self.server.script
        mode = "L" if script.gray else MODES.get(job.order.get("ColorMode", "RGB24"), "L")
        width, height = (round(side * script.scale) for side in job.size)
        return draw(number, (width, height), mode, int(job.order.get("XResolution", "300")))

    def _stream(self, bad: str, body: bytes, media: str) -> None:
        if bad == "truncated":
            body = body[: len(body) * 2 // 3]
        elif bad == "headless":
            body = body[: len(body) // 2] + b"\xff\xd9"
        elif bad == "empty":
            body = b""
        elif bad == "html":
            body = b"<html><body>Internal error</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", media)
        if self.server.script.gzips:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if bad == "cut compressed":
            body = body[: len(body) // 2]
        if bad == "huge":
            self.send_header("Content-Length", str(1 << 30))
        elif bad == "endless":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if bad == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        if bad in ("huge", "endless"):
            self._flood(body)
            return
        self._trickle(body)

    def _flood(self, body: bytes) -> None:
        self.close_connection = True
        piece = body[:4096] + b"\x00" * (1 << 20)
        for _ in range(1 << 10):
            if self.server.closing.is_set():
                return
            self.wfile.write(piece)

    def _trickle(self, body: bytes) -> None:
        steps = max(1, round(self.server.script.page_s / 0.05))
        size = -(-len(body) // steps) or 1
        for at in range(0, len(body), size):
            self.wfile.write(body[at : at + size])
            if steps > 1:
                self.wfile.flush()
                time.sleep(0.05)


# --- documents -------------------------------------------------------------------------------


def capabilities(script: Script) -> bytes:
    """The ScannerCapabilities document."""
    resolutions = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
        f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
        for dpi in script.dpi
    )
    formats = "".join(
        f"<pwg:DocumentFormat>{one}</pwg:DocumentFormat>"
        f"<scan:DocumentFormatExt>{one}</scan:DocumentFormatExt>"
        for one in script.formats
    )
    colours = "".join(
        f"<scan:ColorMode>{word}</scan:ColorMode>"
        for word in ("BlackAndWhite1", "Grayscale8", "RGB24")
    )

    def caps(name: str, height: int) -> str:
        return (
            f"<scan:{name}><scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>"
            f"<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>"
            "<scan:MaxScanRegions>1</scan:MaxScanRegions><scan:SettingProfiles>"
            f"<scan:SettingProfile><scan:ColorModes>{colours}</scan:ColorModes>"
            f"<scan:DocumentFormats>{formats}</scan:DocumentFormats>"
            "<scan:SupportedResolutions><scan:DiscreteResolutions>"
            f"{resolutions}</scan:DiscreteResolutions></scan:SupportedResolutions>"
            f"</scan:SettingProfile></scan:SettingProfiles></scan:{name}>"
        )

    parts = ""
    if script.glass:
        parts += f"<scan:Platen>{caps('PlatenInputCaps', 3508)}</scan:Platen>"
    if script.feeder:
        duplex = caps("AdfDuplexInputCaps", 4200) if script.duplex else ""
        option = "<scan:AdfOption>Duplex</scan:AdfOption>" if script.duplex else ""
        parts += (
            f"<scan:Adf>{caps('AdfSimplexInputCaps', 4200)}{duplex}"
            "<scan:FeederCapacity>50</scan:FeederCapacity><scan:AdfOptions>"
            f"<scan:AdfOption>DetectPaperLoaded</scan:AdfOption>{option}</scan:AdfOptions></scan:Adf>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><scan:ScannerCapabilities {NS}>'
        f"<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>{script.model}</pwg:MakeAndModel>"
        f"<pwg:SerialNumber>VN0001</pwg:SerialNumber><scan:UUID>{script.uuid}</scan:UUID>"
        f"{parts}</scan:ScannerCapabilities>"
    ).encode()


def status(scanner: Scanner) -> bytes:
    """The ScannerStatus document."""
    script = scanner.script
    running = any(job.state == "Processing" for job in scanner.jobs)
    adf = f"<scan:AdfState>{scanner.adf}</scan:AdfState>" if script.feeder else ""
    jobs = "".join(
        f"<scan:JobInfo><pwg:JobUri>{job.path}</pwg:JobUri>"
        f"<pwg:JobUuid>{job.path[-36:]}</pwg:JobUuid><scan:Age>1</scan:Age>"
        f"<pwg:ImagesCompleted>{job.served if script.counts is None else script.counts}"
        "</pwg:ImagesCompleted>"
        f"<pwg:JobState>{job.state}</pwg:JobState><pwg:JobStateReasons>"
        + "".join(f"<pwg:JobStateReason>{one}</pwg:JobStateReason>" for one in job.reasons)
        + "</pwg:JobStateReasons></scan:JobInfo>"
        for job in reversed(scanner.jobs)
    )
    listed = f"<scan:Jobs>{jobs}</scan:Jobs>" if script.lists_jobs and jobs else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><scan:ScannerStatus {NS}>'
        f"<pwg:Version>2.63</pwg:Version><pwg:State>{'Processing' if running else 'Idle'}"
        f"</pwg:State><pwg:StateReasons><pwg:StateReason>{script.reason}</pwg:StateReason>"
        f"</pwg:StateReasons>{adf}{listed}</scan:ScannerStatus>"
    ).encode()


def draw(number: int, size: tuple[int, int], mode: str, dpi: int) -> bytes:
    """A page that can be told from every other."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for y in range(40, size[1] - 20, max(18, size[1] // 60)):
        pen.text((20, y), f"tờ {number} dòng {y} " * 6, fill="black")
    pen.rectangle((10, 10, 60 + number, 30), fill=(200, 0, 0))
    file = io.BytesIO()
    image.convert(mode).save(file, "JPEG", quality=85, dpi=(dpi, dpi))
    return file.getvalue()


def as_pdf(pictures: list[bytes]) -> bytes:
    """A PDF with one picture a page."""
    images = [Image.open(io.BytesIO(one)) for one in pictures]
    file = io.BytesIO()
    images[0].save(file, "PDF", save_all=True, append_images=images[1:], resolution=75)
    return file.getvalue()
