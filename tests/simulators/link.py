"""A poor line between two network namespaces: slow, lossy, and down now and then.

Two TUN devices and a relay between them, because the kernel's `netem` is missing in many places.
While the line is down nothing passes, and the router forgets the flows that it knew: their packets
are dropped for ever and without a word, as mobile networks do. Needs root on Linux.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_TUNSETIFF, _TUN_NO_PI = 0x400454CA, 0x1001
_CLONE_NEWNET = 0x40000000
NEAR, FAR = "10.213.7.1", "10.213.7.2"


@dataclass(frozen=True)
class Quality:
    """What the line is like, each way."""

    kbit_per_s: float = 256
    loss: float = 0.10
    delay_s: float = 0.1
    cut_s: float = 8
    every_s: float = 20
    """A cut starts so long after the last one started; 0 for a line without cuts."""
    queue: int = 64


def why_not() -> str:
    """Why there can be no such line here; empty where there can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "a poor line needs root for network namespaces"
    if not Path("/dev/net/tun").exists():
        return "a poor line needs /dev/net/tun"
    try:
        probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return "a poor line needs unshare (apt: util-linux) and ip (apt: iproute2)"
    return "" if probe.returncode == 0 else "network namespaces are not allowed here"


class Link:
    """The line, up while the `with` block runs; commands run at either end by `near` and `far`."""

    def __init__(self, quality: Quality, seed: int = 1):
        self.quality = quality
        self.up_bytes = 0
        """Bytes of IP packets that the near end put on the line."""
        self._chance = random.Random(seed)
        self._names = [f"desk{os.getpid()}{end}" for end in "nf"]
        self._handles: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._relay, daemon=True)

    def __enter__(self) -> Link:
        for name, own, peer in zip(self._names, (NEAR, FAR), (FAR, NEAR), strict=True):
            subprocess.run(["ip", "netns", "add", name], check=True)
            self._handles.append(_tun_in(name))
            for command in (
                f"addr add {own} peer {peer} dev tun0", "link set tun0 up mtu 1400",
                "link set lo up",
            ):  # fmt: skip
                subprocess.run(["ip", "-n", name, *command.split()], check=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(5)
        for handle in self._handles:
            os.close(handle)
        for name in self._names:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def near(self, *command: str) -> list[str]:
        """A command line that runs at the desk's end."""
        return ["ip", "netns", "exec", self._names[0], *command]

    def far(self, *command: str) -> list[str]:
        """A command line that runs at the store's end."""
        return ["ip", "netns", "exec", self._names[1], *command]

    def _relay(self):
        quality, rate = self.quality, self.quality.kbit_per_s * 125
        started, free_at, waiting = time.monotonic(), [0.0, 0.0], [0, 0]
        heap, number, cut_number = [], 0, 0
        known: set[bytes] = set()
        forgotten: set[bytes] = set()
        while not self._stop.is_set():
            now = time.monotonic()
            while heap and heap[0][0] <= now:
                _, _, way, packet = heapq.heappop(heap)
                waiting[way] -= 1
                with contextlib.suppress(OSError):
                    os.write(self._handles[1 - way], packet)
            patience = min(0.05, heap[0][0] - now) if heap else 0.05
            ready, _, _ = select.select(self._handles, [], [], max(0, patience))
            now = time.monotonic()
            is_down = False
            if quality.every_s:
                cycle, at = divmod(now - started, quality.every_s)
                is_down = at >= quality.every_s - quality.cut_s
                if is_down and cut_number <= cycle:
                    cut_number = int(cycle) + 1
                    forgotten |= known
                    known.clear()
            for handle in ready:
                packet = os.read(handle, 2048)
                way = self._handles.index(handle)
                flow = _flow(packet, way)
                if way == 0:
                    self.up_bytes += len(packet)
                lost = self._chance.random() < quality.loss
                if is_down or flow in forgotten or lost or waiting[way] >= quality.queue:
                    continue
                known.add(flow)
                free_at[way] = max(now, free_at[way]) + len(packet) / rate
                waiting[way] += 1
                number += 1
                heapq.heappush(heap, (free_at[way] + quality.delay_s, number, way, packet))


def _flow(packet: bytes, way: int) -> bytes:
    """Addresses and ports, the same for both ways."""
    start = (packet[0] & 15) * 4
    ports = packet[start : start + 4]
    return ports if way == 0 else ports[2:] + ports[:2]


def _tun_in(name: str) -> int:
    """Open a TUN device inside a namespace, from this thread, and come back."""
    libc = ctypes.CDLL(None, use_errno=True)
    with (
        Path("/proc/thread-self/ns/net").open("rb") as home,
        Path(f"/run/netns/{name}").open("rb") as there,
    ):
        if libc.setns(there.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH22s", b"tun0", _TUN_NO_PI, b""))
        finally:
            libc.setns(home.fileno(), _CLONE_NEWNET)
    return handle
