"""The parser of the command line: its complaints in both languages, its paths looked at once."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from desk_app.errors import UnusableInput, UsageError

_COMPLAINTS = (
    (r"the following arguments are required: (.*)", r"thiếu \1"),
    (r"unrecognized arguments: (.*)", r"không có tùy chọn này: \1"),
    (r"argument (.*?): invalid choice: (.*) \(choose from (.*)\)", r"\1: \2 không có trong: \3"),
    (r"argument (.*?): invalid int value: (.*)", r"\1: \2 không phải số nguyên"),
    (r"argument (.*?): invalid \S+ value: (.*)", r"\1: không dùng được \2"),
    (r"argument (.*?): expected (?:one|at least one) argument", r"\1: thiếu giá trị"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1: không nhận giá trị \2"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 không đi cùng \2"),
    (r"ambiguous option: (.*) could match (.*)", r"\1 viết tắt chưa rõ: \2"),
)  # fmt: skip
"""What argparse says, and the same for people who read no English."""

NEVER_EMPTY = ("data", "out", "device", "key")
"""An empty text there comes from a script's unset variable, and a default would surprise it."""


class Parser(argparse.ArgumentParser):
    """Usage errors take the same way out as every other error."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and exiting."""
        raise UsageError(message, detail_vi=_in_vietnamese(message))


def _in_vietnamese(message: str) -> str:
    for pattern, words in _COMPLAINTS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(words)
    return message


def check(known: argparse.Namespace) -> None:
    """Refuse what would surprise: an empty folder name, a pipe or device in a file's place.

    A pipe is waited for without end, and a device that is written to would be replaced by a file.
    The files that a command reads, which may be many, are looked at by what reads them.

    Raises:
        UsageError: an option is given without its text.
        UnusableInput: a named file is no ordinary one.
    """
    for name in NEVER_EMPTY:
        if getattr(known, name, None) == "":
            raise UsageError(f"--{name}: it is empty", detail_vi=f"--{name}: để trống")
    for path in _paths(known):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UnusableInput(
                "it is a pipe or a device", file=str(path),
                detail_vi="đây là đường ống hoặc thiết bị, không phải tệp",
            )  # fmt: skip


def _paths(known: argparse.Namespace) -> Iterator[Path]:
    for name, value in vars(known).items():
        values: list[Any] = value if isinstance(value, list) else [value]
        if name != "files":
            yield from (each for each in values if isinstance(each, Path))
