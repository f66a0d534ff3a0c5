"""Executors without Qt: spawned processes for CPU work, one serial lane for each scarce thing.

A worker process that dies or overruns costs its item one retry in a fresh process; an item that
does it twice fails with `WorkerLost` and the others go on. Workers end with their parent, however
that ends. `Workers.submit(fn, *args)` is the seam that a cluster's client fits as well.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, ParamSpec, TypeVar

from desk_app.errors import EngineError
from desk_app.store import acting, vault

P = ParamSpec("P")
T = TypeVar("T")

DEADLINE_S = 180.0
TRIES = 2
_spawn = multiprocessing.get_context("spawn")


class WorkerLost(EngineError):
    """A worker process died or overran twice on the same item."""

    code = "WORKER_LOST"
    vi_text = "Không xử lý được sau hai lần thử: {detail}."
    en_text = "Could not be processed in two tries: {detail}."
    next_vi_text = "Trang gốc vẫn an toàn. Xem trang này và nhập tay hoặc quét lại."
    next_en_text = "The page itself is safe. Look at it and type its data, or scan it again."


@dataclass(slots=True)
class _Task:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    actor: str
    """For whom; the worker process writes it into its records."""
    future: Future[Any] = field(default_factory=Future)


class Workers:
    """A small pool of spawned processes, each fed by a thread that knows what it is doing."""

    def __init__(self, count: int = 0, deadline_s: float = DEADLINE_S) -> None:
        self.count = count or len(_cores())
        self._deadline_s = deadline_s
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._feeders: list[_Feeder] = []
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a module-level function in a worker process; arguments and result are pickled."""
        if kwargs:
            raise TypeError("workers take positional arguments only")
        task = _Task(function, args, acting.actor())
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers are closed")
            if not self._feeders:
                self._feeders = [_Feeder(self._tasks, self._deadline_s) for _ in range(self.count)]
                for feeder in self._feeders:
                    feeder.start()
            self._tasks.put(task)
        return task.future

    def close(self) -> None:
        """End all workers at once; what they were doing stays undone and can be done again."""
        with self._lock:
            self._closed = True
            feeders, self._feeders = self._feeders, []
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            if task is not None:
                task.future.cancel()
                # Without this, whoever waits in `as_completed` is never told and waits for ever.
                task.future.set_running_or_notify_cancel()
        for _ in feeders:
            self._tasks.put(None)
        for feeder in feeders:
            feeder.end()
        for feeder in feeders:
            feeder.join(timeout=10)


class _Feeder(threading.Thread):
    """One worker process and the thread that hands it one item at a time."""

    def __init__(self, tasks: queue.SimpleQueue[_Task | None], deadline_s: float) -> None:
        super().__init__(name="worker-feeder", daemon=True)
        self._tasks = tasks
        self._deadline_s = deadline_s
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._ending = threading.Event()

    def run(self) -> None:
        """Feed until told to end."""
        while not self._ending.is_set():
            task = self._tasks.get()
            if task is None:
                break
            if task.future.set_running_or_notify_cancel():
                self._carry_out(task)
        self._stop_process()

    def end(self) -> None:
        """Stop now; a running item fails with WorkerLost."""
        self._ending.set()
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # its own thread has just let go of it
                process.kill()

    def _carry_out(self, task: _Task) -> None:
        for _ in range(TRIES):
            try:
                done, value = self._ask(task)
            except (EOFError, OSError, TimeoutError):
                self._stop_process()
                if self._ending.is_set():
                    break
                continue
            except Exception as fault:  # an argument that cannot be pickled
                done, value = False, fault
            if done:
                task.future.set_result(value)
            else:
                task.future.set_exception(value)
            return
        name = getattr(task.function, "__name__", "work")
        task.future.set_exception(WorkerLost(name, engine="worker"))

    def _ask(self, task: _Task) -> tuple[bool, Any]:
        pipe = self._ready_pipe()
        pipe.send((task.function, task.args, task.actor))
        if not pipe.poll(self._deadline_s):
            raise TimeoutError
        done, value = pipe.recv()
        return done, value

    def _ready_pipe(self) -> Connection:
        if self._ending.is_set():
            raise EOFError
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self._stop_process()
        self._pipe, theirs = _spawn.Pipe()
        process = _spawn.Process(
            # The keys go through the pipe of the start, not on a command line.
            target=_serve, args=(theirs, os.getpid(), vault.held()), name="desk-worker",
            daemon=True,
        )  # fmt: skip
        process.start()
        theirs.close()
        self._process = process  # only now: one that has not started cannot be killed
        if self._ending.is_set():  # told to end while the process was starting
            process.kill()
        return self._pipe

    def _stop_process(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(timeout=10)
            with contextlib.suppress(ValueError):  # stuck in the kernel: it goes when that lets go
                self._process.close()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _serve(pipe: Connection, parent: int, keys: dict[str, bytes]) -> None:
    """What a worker process does: one item after another until its parent is gone."""
    vault.take(keys)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    os.environ["OMP_THREAD_LIMIT"] = "1"  # two OpenMP pools on two cores are slower than none
    _yield_to_the_window()
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    while True:
        try:
            function, args, actor = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            with acting.acting_for(actor):
                answer = (True, function(*args))
        except Exception as fault:
            answer = (False, fault)
        try:
            pipe.send(answer)
        except (OSError, EOFError):
            return
        except Exception as fault:  # a result or an error that cannot be pickled
            pipe.send((False, EngineError(type(fault).__name__, engine="worker")))


def _yield_to_the_window() -> None:
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(5)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _cores() -> set[int] | range:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


class Lanes:
    """Serial threads by name: one scanner, one token, one endpoint each do one thing at a time."""

    def __init__(self) -> None:
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._lock = threading.Lock()

    def submit(
        self, lane: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Put work at the end of a lane; it acts for whoever its caller acts for."""
        work = acting.by(acting.actor(), function)
        with self._lock:
            if lane not in self._lanes:
                self._lanes[lane] = ThreadPoolExecutor(1, thread_name_prefix=f"lane-{lane}")
            return self._lanes[lane].submit(work, *args, **kwargs)

    def close(self) -> None:
        """Let running work end, drop the rest."""
        with self._lock:
            lanes, self._lanes = list(self._lanes.values()), {}
        for lane in lanes:
            lane.shutdown(wait=True, cancel_futures=True)
