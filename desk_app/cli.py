"""The command line: arguments, output in two forms, and the one place that makes an exit code.

With --json exactly one JSON document goes to stdout; everything else (progress, messages) goes to
stderr. Errors of the desk, of `scanners` and of `signing` have the same shape and become
`{"error": {code, vi, en, next}}` here, never a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import arguments, paths, settings, streams
from desk_app.errors import (
    DeskError,
    Interrupted,
    OutputError,
    StorageError,
    UsageError,
    in_vietnamese,
    is_worded,
)

if TYPE_CHECKING:
    from desk_app.pipeline import Desk, Progress

STAGES = {
    "scan": ("Quét", "Scanning"), "read": ("Nhận dạng", "Reading"),
    "assemble": ("Lập hồ sơ", "Assembling"), "pdf": ("Tạo PDF/A", "Making PDF/A"),
    "sign": ("Ký số", "Signing"), "upload": ("Nộp", "Submitting"),
    "encrypt": ("Mã hóa", "Encrypting"), "backup": ("Sao lưu", "Backing up"),
    "restore": ("Phục hồi", "Restoring"),
}  # fmt: skip


@dataclass(slots=True)
class Session:
    """One call of the command line."""

    args: argparse.Namespace
    language: str = "vi"
    stop: threading.Event = field(default_factory=threading.Event)
    _bar: str = ""

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.args.data or paths.default_data()).absolute()

    @property
    def out(self) -> Path:
        """Where readable copies go."""
        given = getattr(self.args, "out", None)
        return Path(given).absolute() if given else paths.exports_of(self.data)

    @contextlib.contextmanager
    def desk(self) -> Iterator[Desk]:
        """The open desk, closed afterwards."""
        from desk_app.pipeline import Desk

        opened = Desk(self.data)
        try:
            yield opened
        finally:
            opened.close()

    def text(self, vi: str, en: str) -> str:
        """The sentence in the language of this call."""
        return vi if self.language == "vi" else en

    def say(self, vi: str, en: str) -> None:
        """A line for people: on stdout, or on stderr where stdout holds JSON."""
        self.end_bar()
        if self.args.json:
            streams.tell(self.text(vi, en))
            return
        with _printing():
            print(self.text(vi, en), flush=True)  # noqa: T201

    def show(self, vi: str, en: str) -> None:
        """What was read or found, for people: beside JSON it would be copied into a log."""
        if not self.args.json:
            self.say(vi, en)

    def progress(self, step: Progress) -> None:
        """A bar on a terminal; elsewhere a line for each page that is safe and each stage done."""
        name = self.text(*STAGES[step.stage])
        if sys.stderr.isatty():
            self._draw(name, step)
        elif step.stage == "scan":
            streams.tell(f"{name}: {step.done} {step.page_id}")
        elif step.done == step.total:
            streams.tell(f"{name}: {step.done}/{step.total}")

    def _draw(self, name: str, step: Progress) -> None:
        if name != self._bar:
            self.end_bar()
            self._bar = name
        share = step.done / step.total if step.total else 0
        bar = "█" * round(24 * share) + "·" * (24 - round(24 * share)) if step.total else ""
        count = f"{step.done}/{step.total}" if step.total else f"{step.done}"
        if step.stage in ("upload", "backup", "restore") and step.total:
            count = f"{share:.0%}"
        streams.tell(f"\r{name:<14} {bar} {count:<12}", end="")

    def end_bar(self) -> None:
        """Leave the progress line as it is and go on below it."""
        if self._bar:
            self._bar = ""
            streams.tell("")

    def secret(self, prompt_vi: str, prompt_en: str) -> bytearray:
        """A PIN or passphrase from the prompt, or the next line of stdin where that was asked."""
        if self.args.secret_stdin:
            line = sys.stdin.buffer.readline()
            if not line:  # an empty PIN would cost a token one of its tries
                raise UsageError(
                    f"{prompt_en}: stdin has ended", detail_vi=f"{prompt_vi}: stdin đã hết"
                )
            return bytearray(line.rstrip(b"\r\n"))
        if not sys.stdin.isatty():
            ways = "--pin-stdin / --passphrase-stdin"
            raise UsageError(f"{prompt_en}: {ways}", detail_vi=f"{prompt_vi}: {ways}")
        import getpass

        with streams.asking():
            return bytearray(getpass.getpass(self.text(prompt_vi, prompt_en) + ": ").encode())

    def ask(self, vi: str, en: str) -> str:
        """A line typed by a person; the question goes where the progress goes."""
        streams.tell(self.text(vi, en), end="")
        with streams.asking():
            return sys.stdin.readline()


Handler = Callable[[Session], "tuple[dict[str, Any], int]"]


def _wants_window(given: Sequence[str]) -> bool:
    """Whether this opens the window, which need not know the other commands."""
    quick = arguments.Parser(add_help=False)
    _add_common(quick)
    try:
        return quick.parse_known_args(given)[1] in ([], ["window"])
    except UsageError:
        return False


def parser() -> arguments.Parser:
    """All commands that work; each group adds its own."""
    top, add = _top()
    _add_groups(add)
    return top


def _top() -> tuple[arguments.Parser, Callable[..., argparse.ArgumentParser]]:
    """The parser with the window alone, and what adds a command to it."""
    top = arguments.Parser(
        prog="desk", description="Bàn số hóa một cửa / One-Stop Digitization Desk"
    )
    _add_common(top)
    groups = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=arguments.Parser)

    def add(name: str, handler: Handler, about: str) -> argparse.ArgumentParser:
        command = groups.add_parser(name, help=about, description=about)
        _add_common(command, default=argparse.SUPPRESS)
        command.set_defaults(handler=handler)
        return command

    add("window", _window, "mở cửa sổ làm việc / open the window (the default)")
    return top, add


def _add_groups(add: Callable[..., argparse.ArgumentParser]) -> None:
    from desk_app.commands import (
        audit,
        batch,
        capture,
        desk,
        packages,
        people,
        reading,
        records,
        retention,
        signatures,
        submission,
        vault,
    )

    for group in (
        desk, capture, batch, reading, signatures, submission, records, packages, people, audit,
        retention, vault,
    ):  # fmt: skip
        group.add_commands(add)


def _add_common(target: argparse.ArgumentParser, **given: Any) -> None:  # noqa: ANN401
    """Options that may stand before or after the command.

    After the command they have no default, which would overwrite what was given before it.
    """
    target.add_argument("--data", metavar="DIR", help="thư mục dữ liệu / data folder", **given)
    target.add_argument("--json", action="store_true", help="JSON on stdout", **given)
    target.add_argument("--lang", choices=("vi", "en"), help="ngôn ngữ / language", **given)
    target.add_argument("--as", dest="login", metavar="NAME", help="người dùng / who you are",
                        **given)  # fmt: skip
    target.add_argument("--pin-stdin", "--passphrase-stdin", dest="secret_stdin",
                        action="store_true", help="mật khẩu, PIN: mỗi dòng một / from stdin",
                        **given)  # fmt: skip


def run(given: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code."""
    session = Session(argparse.Namespace(json="--json" in given, data=None, lang=None))
    try:
        known = _top()[0] if _wants_window(given) else parser()
        session.args = known.parse_args(given)
        arguments.check(session.args)
        if getattr(session.args, "out", None):
            _keep_copies_apart(session)
        session.language = session.args.lang or settings.load(session.data).language
        if session.args.command is None:
            return _open_window(session)
        with _interruptible(session):
            result, code = _handle(session)
        session.end_bar()
        if session.args.json:
            _print_json(result)
    except BrokenPipeError:
        streams.silence(sys.stdout)
        return 1
    except KeyboardInterrupt:
        return _report(session, Interrupted())
    except Exception as fault:
        return _report(session, _worded(session, fault))
    return code


def _keep_copies_apart(session: Session) -> None:
    """The data folder holds nothing readable, and what is put into it would not stay readable."""
    data, out = session.data.resolve(), session.out.resolve()
    if out == data or data in out.parents:
        raise UsageError(
            f"--out {session.out} lies in the data folder",
            detail_vi=f"--out {session.out} nằm trong thư mục dữ liệu",
        )


def _handle(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.commands.people import admitted
    from desk_app.commands.vault import asker
    from desk_app.store import vault

    vault.ask_with(asker(session))
    handler: Handler = session.args.handler
    with admitted(session):
        return handler(session)


def _worded(session: Session, fault: Exception) -> Exception:
    """Errors without words of their own are wrapped; the details go to a log, not to people."""
    if is_worded(fault):
        return fault
    if isinstance(fault, OSError) and fault.strerror:
        return StorageError(f"{fault.filename or ''} {fault.strerror}".strip())
    _keep_traceback(session, fault)
    return DeskError(type(fault).__name__)


def _keep_traceback(session: Session, fault: Exception) -> None:
    """Where in the program it happened, without the values: they could be personal data."""
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [f"{type(fault).__name__}"] + [f"  {f.filename}:{f.lineno} {f.name}" for f in frames]
    with contextlib.suppress(OSError):
        folder = session.data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "faults.log").open("a", encoding="utf-8") as log:
            log.write("\n".join(lines) + "\n")


def _report(session: Session, fault: Any) -> int:  # noqa: ANN401 - three trees of the same shape
    session.end_bar()
    vi, en = in_vietnamese(fault.vi), fault.en
    following = session.text(fault.next_vi, fault.next_en)
    if session.args.json:
        try:
            _print_json({"error": {"code": fault.code, "vi": vi, "en": en, "next": following}})
        except (BrokenPipeError, OutputError):  # nobody reads it there
            streams.silence(sys.stdout)
        else:
            return int(fault.exit_code)
    streams.tell(f"{session.text(vi, en)} {following}")
    return int(fault.exit_code)


@contextlib.contextmanager
def _interruptible(session: Session) -> Iterator[None]:
    """Ctrl+C asks to stop at the next safe point; a second one ends at once."""

    def ask(number: int, frame: object) -> None:
        if session.stop.is_set():
            os._exit(130)
        session.stop.set()

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
        if session.stop.is_set():
            raise Interrupted()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_json(document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    with _printing():
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def _printing() -> Iterator[None]:
    """A stdout that takes nothing is no fault of the data folder."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise OutputError(fault.strerror or str(fault), file="stdout") from fault


def _window(session: Session) -> tuple[dict[str, Any], int]:
    return {}, _open_window(session)


def _open_window(session: Session) -> int:
    from desk_app.gui import app

    return int(app.main(session.data, session.args.lang))
