"""The SANE library through ctypes: statuses as numbers, inexact values, raw frames.

Names and layouts follow the SANE standard 1.06, clauses 4.2 (types), 4.3 (functions).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

GOOD, UNSUPPORTED, CANCELLED, DEVICE_BUSY, INVAL, EOF, JAMMED, NO_DOCS, COVER_OPEN = range(9)
IO_ERROR, NO_MEM, ACCESS_DENIED, WARMING_UP, HW_LOCKED = range(9, 14)

TYPE_BOOL, TYPE_INT, TYPE_FIXED, TYPE_STRING, TYPE_BUTTON, TYPE_GROUP = range(6)
UNIT_NONE, UNIT_PIXEL, UNIT_BIT, UNIT_MM, UNIT_DPI = range(5)
FRAME_GRAY, FRAME_RGB, FRAME_RED, FRAME_GREEN, FRAME_BLUE = range(5)
INFO_INEXACT, INFO_RELOAD_OPTIONS, INFO_RELOAD_PARAMS = 1, 2, 4
_CAP_SOFT_SELECT, _CAP_SOFT_DETECT, _CAP_INACTIVE = 1, 4, 32
_ACTION_GET, _ACTION_SET = 0, 1
_FIXED = 65536

Value = bool | int | float | str


class SaneError(Exception):
    """A SANE function did not return SANE_STATUS_GOOD."""

    def __init__(self, status: int, where: str, text: str) -> None:
        super().__init__(f"{where}: {text} ({status})")
        self.status = status
        self.text = text


class _Device(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("name", "vendor", "model", "type")]


class _Range(ctypes.Structure):
    _fields_ = [("min", ctypes.c_int32), ("max", ctypes.c_int32), ("quant", ctypes.c_int32)]


class _Constraint(ctypes.Union):
    _fields_ = [
        ("strings", ctypes.POINTER(ctypes.c_char_p)),
        ("words", ctypes.POINTER(ctypes.c_int32)),
        ("range", ctypes.POINTER(_Range)),
    ]


class _Descriptor(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("title", ctypes.c_char_p),
        ("desc", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("unit", ctypes.c_int),
        ("size", ctypes.c_int32),
        ("cap", ctypes.c_int32),
        ("constraint_type", ctypes.c_int),
        ("constraint", _Constraint),
    ]


class _Parameters(ctypes.Structure):
    _fields_ = [
        ("format", ctypes.c_int),
        ("last_frame", ctypes.c_int32),
        ("bytes_per_line", ctypes.c_int32),
        ("pixels_per_line", ctypes.c_int32),
        ("lines", ctypes.c_int32),
        ("depth", ctypes.c_int32),
    ]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The frame that is coming."""

    format: int
    last_frame: bool
    bytes_per_line: int
    pixels_per_line: int
    lines: int
    """-1: not known before the end (hand scanners, some feeders)."""
    depth: int


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a device as it is now; another option may change it."""

    index: int
    name: str
    type: int
    unit: int
    size: int
    settable: bool
    readable: bool
    choices: tuple[Value, ...] = ()
    range: tuple[float, float, float] | None = None
    """Least, most, step (0: any)."""

    def nearest(self, value: float) -> float:
        """The value that the device can take and that lies next to `value`."""
        numbers = [float(c) for c in self.choices if isinstance(c, int | float)]
        if numbers:
            return min(numbers, key=lambda number: abs(number - value))
        if self.range is None:
            return value
        least, most, step = self.range
        held = min(max(value, least), most)
        return min(most, least + round((held - least) / step) * step) if step else held


@dataclass(frozen=True, slots=True)
class Found:
    """A device in the library's list."""

    name: str
    vendor: str
    model: str


class Handle:
    """An open device."""

    def __init__(self, lib: Any, handle: ctypes.c_void_p, name: str) -> None:  # noqa: ANN401
        self._lib, self._handle, self.name = lib, handle, name

    def options(self) -> dict[str, Option]:
        """The options that can be used now, by name."""
        return {option.name: option for option in self._options()}

    def _options(self) -> Iterator[Option]:
        index = 1  # option 0 is the number of options
        while raw := self._lib.sane_get_option_descriptor(self._handle, index):
            option = _option(index, raw.contents)
            if option is not None:
                yield option
            index += 1

    def get(self, option: Option) -> Value:
        """The value that the device has now."""
        buffer = ctypes.create_string_buffer(max(option.size, 4))
        self._control(option, _ACTION_GET, buffer)
        if option.type == TYPE_STRING:
            return buffer.value.decode("utf-8", "replace")
        word = ctypes.c_int32.from_buffer(buffer).value
        return _from_word(option.type, word)

    def set(self, option: Option, value: Value) -> bool:
        """Set a value; whether the device said that it took another one (SANE_INFO_INEXACT)."""
        buffer = ctypes.create_string_buffer(max(option.size, 4))
        if option.type == TYPE_STRING:
            text = str(value).encode()
            if len(text) >= len(buffer):
                raise SaneError(INVAL, option.name, "text too long")
            buffer.value = text
        else:
            word = round(float(value) * _FIXED) if option.type == TYPE_FIXED else int(value)
            ctypes.c_int32.from_buffer(buffer).value = word
        return bool(self._control(option, _ACTION_SET, buffer) & INFO_INEXACT)

    def _control(self, option: Option, action: int, buffer: ctypes.Array[ctypes.c_char]) -> int:
        info = ctypes.c_int32(0)
        status = self._lib.sane_control_option(
            self._handle, option.index, action, buffer, ctypes.byref(info)
        )
        _require(self._lib, status, f"option {option.name}")
        return info.value

    def start(self) -> None:
        """Start a frame."""
        _require(self._lib, self._lib.sane_start(self._handle), "start")
        # Some backends start non-blocking; the error means that they cannot, which is what we want.
        self._lib.sane_set_io_mode(self._handle, 0)

    def parameters(self) -> Parameters:
        """The frame that is coming; certain only after `start`."""
        raw = _Parameters()
        _require(
            self._lib, self._lib.sane_get_parameters(self._handle, ctypes.byref(raw)), "parameters"
        )
        return Parameters(
            raw.format,
            bool(raw.last_frame),
            raw.bytes_per_line,
            raw.pixels_per_line,
            raw.lines,
            raw.depth,
        )

    def read(self, buffer: ctypes.Array[ctypes.c_char], size: int) -> int | None:
        """Read up to `size` bytes into the buffer; their number, None at the frame's end."""
        length = ctypes.c_int32(0)
        status = self._lib.sane_read(self._handle, buffer, size, ctypes.byref(length))
        if status == EOF:
            return None
        _require(self._lib, status, "read")
        return int(length.value)

    def cancel(self) -> None:
        """End the frame, or the batch; may be called from another thread (clause 4.3.10)."""
        self._lib.sane_cancel(self._handle)

    def close(self) -> None:
        """Let go of the device; the library stays, for the process ends with the session."""
        self._lib.sane_close(self._handle)


def _option(index: int, raw: _Descriptor) -> Option | None:
    usable = not raw.cap & _CAP_INACTIVE and raw.type not in (TYPE_BUTTON, TYPE_GROUP)
    if not usable or not raw.name:
        return None
    choices: tuple[Value, ...] = ()
    span = None
    if raw.constraint_type == 1:
        low = raw.constraint.range.contents
        span = tuple(float(_from_word(raw.type, n)) for n in (low.min, low.max, low.quant))
    elif raw.constraint_type == 2:
        words = raw.constraint.words
        choices = tuple(_from_word(raw.type, words[i]) for i in range(1, words[0] + 1))
    elif raw.constraint_type == 3:
        choices = tuple(_strings(raw.constraint.strings))
    return Option(
        index,
        raw.name.decode("utf-8", "replace"),
        raw.type,
        raw.unit,
        raw.size,
        bool(raw.cap & _CAP_SOFT_SELECT),
        bool(raw.cap & _CAP_SOFT_DETECT),
        choices,
        span,  # type: ignore[arg-type]
    )


def _strings(array: Any) -> Iterator[str]:  # noqa: ANN401 - a ctypes pointer
    index = 0
    while array[index] is not None:
        yield array[index].decode("utf-8", "replace")
        index += 1


def _from_word(kind: int, word: int) -> Value:
    if kind == TYPE_FIXED:
        return word / _FIXED
    return bool(word) if kind == TYPE_BOOL else word


def _require(lib: Any, status: int, where: str) -> None:  # noqa: ANN401
    if status != GOOD:
        text = lib.sane_strstatus(status) or b""
        raise SaneError(status, where, text.decode("utf-8", "replace"))


def _ready_for_cancelled_threads() -> None:
    """Load now whatever could be loaded while a backend's reader thread is cancelled.

    Backends read in a thread that libsane cancels asynchronously. The first cancellation of a
    process makes glibc load its unwinder; a thread that is cancelled just then dies with the
    loader's lock, and the next import of this process waits for it for ever (seen once in twenty
    scans). So the unwinder is loaded here by a thread that ends itself, and so are the codecs.
    """
    import PIL.Image

    PIL.Image.preinit()
    if sys.platform == "win32":
        return
    libc = ctypes.CDLL(None)
    thread = ctypes.c_ulong()
    entry = ctypes.cast(libc.pthread_exit, ctypes.c_void_p)
    if libc.pthread_create(ctypes.byref(thread), None, entry, None) == 0:
        libc.pthread_join(thread, None)


@functools.cache
def library() -> Any:  # noqa: ANN401 - a ctypes library
    """The SANE library.

    Raises:
        OSError: It is not installed.
    """
    _ready_for_cancelled_threads()
    lib = ctypes.CDLL(ctypes.util.find_library("sane") or "libsane.so.1")
    pointer = ctypes.c_void_p
    lib.sane_strstatus.restype = ctypes.c_char_p
    lib.sane_get_option_descriptor.restype = ctypes.POINTER(_Descriptor)
    lib.sane_get_option_descriptor.argtypes = [pointer, ctypes.c_int32]
    lib.sane_open.argtypes = [ctypes.c_char_p, ctypes.POINTER(pointer)]
    lib.sane_control_option.argtypes = [pointer, ctypes.c_int32, ctypes.c_int, pointer, pointer]
    lib.sane_get_parameters.argtypes = [pointer, pointer]
    lib.sane_read.argtypes = [pointer, pointer, ctypes.c_int32, pointer]
    lib.sane_set_io_mode.argtypes = [pointer, ctypes.c_int32]
    for name in ("sane_start", "sane_cancel", "sane_close"):
        getattr(lib, name).argtypes = [pointer]
    for name in ("sane_cancel", "sane_close"):
        getattr(lib, name).restype = None
    return lib


@functools.cache
def _initialise() -> Any:  # noqa: ANN401
    lib = library()
    _require(lib, lib.sane_init(None, None), "init")
    return lib


def devices() -> list[Found]:
    """The devices that the library sees, also over the network; may take long."""
    lib = _initialise()
    found = ctypes.POINTER(ctypes.POINTER(_Device))()
    _require(lib, lib.sane_get_devices(ctypes.byref(found), 0), "get_devices")
    result = []
    index = 0
    while found[index]:
        raw = found[index].contents
        words = (raw.name or b"", raw.vendor or b"", raw.model or b"")
        result.append(Found(*(word.decode("utf-8", "replace") for word in words)))
        index += 1
    return result


def open_device(name: str) -> Handle:
    """Open a device by its SANE name.

    Raises:
        SaneError: It cannot be opened.
        OSError: The library is not installed.
    """
    lib = _initialise()
    handle = ctypes.c_void_p()
    status = lib.sane_open(name.encode("utf-8", "surrogateescape"), ctypes.byref(handle))
    _require(lib, status, "open")
    return Handle(lib, handle, name)
