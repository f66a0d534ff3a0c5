"""The options of a SANE device: found by meaning, set for every job, read back."""

from __future__ import annotations

import re
from dataclasses import replace

from scanners.device import (
    AppliedSettings,
    Capabilities,
    Difference,
    ScanSettings,
    SourceCapabilities,
)
from scanners.differences import difference, in_mm
from scanners.drivers import libsane
from scanners.drivers.libsane import Handle, Option, SaneError, Value
from scanners.errors import BadRequest

_MM_PER_INCH = 25.4
_BACK_ONLY = re.compile(r"back|rear", re.I)
_SOURCES = (
    ("duplex", re.compile(r"duplex|both", re.I)),
    ("feeder", re.compile(r"adf|feeder|sheet", re.I)),
    ("glass", re.compile(r"flatbed|platen|glass|document table|normal|^fb$", re.I)),
)
_MODES = {
    "color": re.compile(r"colou?r|24.?bit|rgb", re.I),
    "gray": re.compile(r"gr[ae]y", re.I),
    "bw": re.compile(r"lineart|line art|binary|black|b/w|monochrome|threshold", re.I),
}
_AREA = ("br-x", "br-y")
_SWITCH = {"yes": True, "no": False, "1": True, "0": False}


def _classify(source: str) -> str | None:
    """What a source's name means: feeder, duplex, glass, or None (back side only, slides)."""
    for meaning, pattern in _SOURCES:
        if pattern.search(source):
            return None if meaning == "feeder" and _BACK_ONLY.search(source) else meaning
    return None


def sources_of(options: dict[str, Option]) -> dict[str, str | None]:
    """The device's own name of each source by its meaning; None where there is no choice."""
    option = options.get("source")
    if option is None or not option.choices:
        return {"glass": None}
    named: dict[str, str | None] = {}
    for choice in option.choices:
        meaning = _classify(str(choice))
        if meaning is not None:
            named.setdefault(meaning, str(choice))
    if "feeder" in named and "duplex" not in named and _duplex_switch(options):
        named["duplex"] = named["feeder"]
    return named or {"glass": str(option.choices[0])}


def _duplex_switch(options: dict[str, Option]) -> tuple[Option, Value, Value] | None:
    """The option beside `source` that some backends have, with its values for one and two sides."""
    switch = options.get("duplex")
    if switch is not None and switch.type == libsane.TYPE_BOOL:
        return switch, False, True
    switch = options.get("adf-mode")
    if switch is not None and "Duplex" in switch.choices and "Simplex" in switch.choices:
        return switch, "Simplex", "Duplex"
    return None


def _modes_of(options: dict[str, Option]) -> dict[str, str]:
    option = options.get("mode")
    found: dict[str, str] = {}
    for choice in option.choices if option else ():
        for mode, pattern in _MODES.items():
            if pattern.search(str(choice)):
                found.setdefault(mode, str(choice))
                break
    depth = options.get("depth")
    if "bw" not in found and "gray" in found and depth is not None and 1 in depth.choices:
        found["bw"] = found["gray"]
    return found


def describe_device(handle: Handle) -> Capabilities:
    """What each source of an open device can do."""
    sources = []
    for source, name in sources_of(handle.options()).items():
        if name is not None:
            handle.set(handle.options()["source"], name)
        sources.append(_describe_source(source, handle.options()))
    sensors = handle.options()
    return Capabilities(
        tuple(sources),
        detects_paper=True if "page-loaded" in sensors else None,
        button=True if "scan" in sensors else None,
    )


def _describe_source(source: str, options: dict[str, Option]) -> SourceCapabilities:
    resolution = options.get("resolution")
    dpi: tuple[int, ...] = ()
    span = None
    if resolution is not None and resolution.range is not None:
        low, high, step = resolution.range
        span = (int(low), int(high), int(step))
    elif resolution is not None:
        dpi = tuple(int(c) for c in resolution.choices if isinstance(c, int | float))
    area = None
    edges = [options.get(name) for name in _AREA]
    if all(e is not None and e.range is not None and e.unit == libsane.UNIT_MM for e in edges):
        width, height = (round(e.range[1], 1) for e in edges if e is not None and e.range)
        area = (width, height)
    return SourceCapabilities(source, dpi, span, tuple(_modes_of(options)), area)


class Setup:
    """Sets one job's settings on a device and keeps account of what it did not take."""

    def __init__(self, handle: Handle, asked: ScanSettings) -> None:
        self._handle, self._asked, self._got = handle, asked, asked
        self._differences: list[Difference] = []

    def run(self) -> AppliedSettings:
        """Set everything.

        Raises:
            SaneError: The device refused an option.
            BadRequest: An extra option does not exist or cannot have that value.
        """
        self._set_source()
        self._set_mode()
        self._set_resolution()
        self._set_area()
        for name, text in self._asked.extra:
            self._set_extra(name, text)
        return AppliedSettings(self._asked, self._got, tuple(self._differences))

    def _differ(self, what: str, asked: object, got: object) -> None:
        self._differences.append(difference(what, asked, got))

    def _option(self, name: str) -> Option | None:
        option = self._handle.options().get(name)
        return option if option is not None and option.settable else None

    def _put(self, option: Option, value: Value) -> Value:
        """Set a value and give what the device then says it has."""
        self._handle.set(option, value)
        now = self._handle.options().get(option.name, option)
        return self._handle.get(now) if now.readable else value

    def _set_source(self) -> None:
        named = sources_of(self._handle.options())
        source = self._choose_source(named)
        option = self._option("source")
        name = named.get(source)
        if option is not None and name is not None:
            got = self._put(option, name)
            if got != name:
                source = _classify(str(got)) or "glass"
                self._differ("source", name, got)
        switch = _duplex_switch(self._handle.options())
        if switch is not None:
            self._put(switch[0], switch[2] if source == "duplex" else switch[1])
        count = self._asked.count
        if source == "glass" and count is None:
            count = 1
        self._got = replace(self._got, source=source, count=count)  # type: ignore[arg-type]

    def _choose_source(self, named: dict[str, str | None]) -> str:
        """The source asked for, or what comes nearest to it; auto is the feeder if there is one."""
        asked = self._asked.source
        order = {
            "auto": ("feeder", "glass", "duplex"),
            "feeder": ("feeder", "duplex", "glass"),
            "duplex": ("duplex", "feeder", "glass"),
            "glass": ("glass", "feeder", "duplex"),
        }[asked]
        source = next((one for one in order if one in named), "glass")
        if asked not in ("auto", source):
            self._differ("source", asked, source)
        return source

    def _set_mode(self) -> None:
        modes = _modes_of(self._handle.options())
        mode = self._asked.mode
        if modes and mode not in modes:
            mode = next((one for one in ("gray", "color", "bw") if one in modes), mode)
            self._differ("mode", self._asked.mode, mode)
        option = self._option("mode")
        if option is not None and mode in modes:
            got = self._put(option, modes[mode])
            if got != modes[mode]:
                self._differ("mode", modes[mode], got)
        depth = self._option("depth")
        wanted = 1 if mode == "bw" else 8
        if depth is not None and (not depth.choices or wanted in depth.choices):
            got_depth = self._put(depth, wanted)
            if got_depth != wanted:
                self._differ("depth", wanted, got_depth)
        self._got = replace(self._got, mode=mode)

    def _set_resolution(self) -> None:
        option = self._option("resolution") or self._option("x-resolution")
        if option is None:
            return
        # Set to what the device can do: out of range it takes anything, and 99999 gave 1 dpi.
        got = round(float(self._put(option, _typed(option, option.nearest(self._asked.dpi)))))
        down = self._option("y-resolution")
        if down is not None:
            self._put(down, _typed(down, got))
        if got != self._asked.dpi:
            self._differ("resolution", f"{self._asked.dpi} dpi", f"{got} dpi")
        self._got = replace(self._got, dpi=got)

    def _set_area(self) -> None:
        wanted = self._asked.paper_mm or self._largest()
        if wanted is None:
            return
        for name, mm in zip(("page-width", "page-height"), wanted, strict=True):
            option = self._option(name)
            if option is not None:
                self._put_mm(option, mm)
        for name in ("tl-x", "tl-y"):
            option = self._option(name)
            if option is not None:
                self._put_mm(option, 0.0)
        edges = [self._option(name) for name in _AREA]
        sizes = [self._put_mm(e, mm) for e, mm in zip(edges, wanted, strict=True) if e is not None]
        if len(sizes) != 2:
            return
        got = (round(sizes[0], 1), round(sizes[1], 1))
        if any(abs(a - b) > 1.5 for a, b in zip(got, wanted, strict=True)):
            self._differ("paper size", in_mm(wanted), in_mm(got))
        self._got = replace(self._got, paper_mm=got)

    def _largest(self) -> tuple[float, float] | None:
        spans = [option.range if (option := self._option(name)) else None for name in _AREA]
        if spans[0] is None or spans[1] is None:
            return None
        factor = [1.0, 1.0]
        for index, name in enumerate(_AREA):
            option = self._option(name)
            if option is not None and option.unit == libsane.UNIT_PIXEL:
                factor[index] = _MM_PER_INCH / self._got.dpi
        return spans[0][1] * factor[0], spans[1][1] * factor[1]

    def _put_mm(self, option: Option, mm: float) -> float:
        per_mm = self._got.dpi / _MM_PER_INCH if option.unit == libsane.UNIT_PIXEL else 1.0
        value = self._put(option, _typed(option, option.nearest(mm * per_mm)))
        return float(value) / per_mm

    def _set_extra(self, name: str, text: str) -> None:
        option = self._option(name)
        if option is None:
            raise BadRequest(
                "BAD_SETTINGS", detail=f"option {name[:60]!r}", detail_vi=f"tùy chọn {name[:60]!r}"
            )
        try:
            value = _parse(option, text)
            got = self._put(option, value)
        except (ValueError, SaneError) as error:
            raise BadRequest("BAD_SETTINGS", raw=str(error), detail=f"{name}={text}") from error
        if got != value and not (isinstance(value, float) and abs(float(got) - value) < 0.01):
            self._differ(name, text, got)


def _typed(option: Option, value: float) -> Value:
    return float(value) if option.type == libsane.TYPE_FIXED else round(value)


def _parse(option: Option, text: str) -> Value:
    """A value from its text.

    Raises:
        ValueError: The option cannot have it.
    """
    value: Value = text
    if option.type == libsane.TYPE_BOOL:
        value = _SWITCH.get(text, text)
        possible = value != text
    elif option.type in (libsane.TYPE_INT, libsane.TYPE_FIXED):
        number = float(text)
        value = _typed(option, number)
        possible = abs(option.nearest(number) - number) < 0.01
    else:
        possible = not option.choices or text in option.choices
    if not possible:
        raise ValueError(f"{option.name} cannot be {text}")
    return value
