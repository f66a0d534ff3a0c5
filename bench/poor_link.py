"""One file over a poor line: our tus client three times, a whole PUT beside it.

    sudo .venv/bin/python -m bench.poor_link [--bytes 1000000] [--runs 3] [--whole-s 150]

256 kbit/s, 10 % loss and 100 ms each way; every 20 seconds the line is down for 8 and the router
forgets the flows.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from desk_app.submission import reference
from tests.simulators.link import FAR, Link, Quality, why_not

CLIENT = """
import hashlib, json, sys, time
from pathlib import Path
from desk_app.submission.adapters import Meta
from desk_app.submission.adapters.tus import TusStore
from desk_app.submission.errors import LineBroken
from desk_app.submission.queue import Item
from desk_app.submission.transfer import Transfer
from desk_app.submission.wire import Wire

url, path = sys.argv[1], Path(sys.argv[2])
key = hashlib.sha256(path.read_bytes()).hexdigest()
wire = Wire(url, "store")
item = Item(1, key, "store", "d", None, path.stat().st_size, 1, "me", 0)
started, tries = time.monotonic(), 0
while True:
    tries += 1
    try:
        with path.open("rb") as source:
            done = Transfer(
                TusStore(url, wire), item, Meta("application/pdf"), source, lambda _: None
            ).run()
        break
    except LineBroken as fault:
        print(fault.en, file=sys.stderr)
print(json.dumps({"s": time.monotonic() - started, "sent": wire.sent, "tries": tries,
                  "equal": done.sha256 == key}))
"""
PUT_SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        while left:
            data = self.rfile.read1(min(left, 65536))
            if not data: return
            left -= len(data)
        self.send_response(201); self.end_headers()
    def log_message(self, *_): pass
server = ThreadingHTTPServer((sys.argv[1], 1081), Handler)
print("up", flush=True)
server.serve_forever()
"""


NO_BBR = "import socket\ndel socket.TCP_CONGESTION\n"
"""As on systems that do not let a program choose."""


def tus_run(link, folder, size, number, prelude):
    path = Path(folder, f"file{number}")
    path.write_bytes(random.Random(number).randbytes(size))
    before = link.up_bytes
    done = subprocess.run(
        link.near(sys.executable, "-c", prelude + CLIENT, f"http://{FAR}:1080/files", str(path)),
        stdout=subprocess.PIPE, text=True, check=True, timeout=600,
    )  # fmt: skip
    return json.loads(done.stdout) | {"line": link.up_bytes - before}


def whole_put(link, folder, patience_s):
    """curl, again and again from the start until it is done or the time is up."""
    before = link.up_bytes
    script = f"until curl -sf -T {folder}/file0 --max-time 60 http://{FAR}:1081/file; do :; done"
    try:
        subprocess.run(link.near("sh", "-c", script), check=True, timeout=patience_s)
        outcome = "done"
    except subprocess.TimeoutExpired:
        outcome = f"not done after {patience_s} s"
    return f"{outcome}, {(link.up_bytes - before) / 1e6:.2f} MB on the line"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bytes", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-bbr", action="store_true", help="the system's congestion control")
    parser.add_argument("--whole-s", type=float, default=150)
    args = parser.parse_args()
    if reason := why_not() or (reference.missing() and "needs node and npm"):
        sys.exit(reason)
    program = str(reference.install() / "store.mjs")
    runs = []
    with tempfile.TemporaryDirectory() as folder, Link(Quality()) as link:
        servers = [
            subprocess.Popen(link.far(*command), stdout=subprocess.PIPE)
            for command in (
                ["node", program, f"{folder}/store", "1080", FAR],
                [sys.executable, "-c", PUT_SERVER, FAR],
            )
        ]
        try:
            for server in servers:
                server.stdout.readline()
            for number in range(args.runs):
                runs.append(tus_run(link, folder, args.bytes, number, NO_BBR * args.no_bbr))
                print(json.dumps(runs[-1]), flush=True)
            median = statistics.median(run["s"] for run in runs)
            sent = statistics.median(run["sent"] for run in runs)
            line = statistics.median(run["line"] for run in runs)
            print(f"tus, median of {args.runs}: {median:.1f} s, {sent / 1e6:.2f} MB handed over, "
                  f"{line / 1e6:.2f} MB on the line with headers and repeats")  # fmt: skip
            print(f"whole PUT: {whole_put(link, folder, args.whole_s)}")
        finally:
            for server in servers:
                server.kill()
                server.communicate()


if __name__ == "__main__":
    main()
