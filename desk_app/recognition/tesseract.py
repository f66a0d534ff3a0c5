"""Tesseract, in-process through tesserocr or as a child process through pytesseract.

One thread each: pages are spread over processes, and Tesseract's own threads make two cores slower
(measured: twice the CPU time, 1.7 times the wall time). The word lists are off: on Vietnamese they
cost a tenth of the time and change nothing.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from PIL import Image

from desk_app.errors import EngineError, UsageError
from desk_app.imaging.picture import Pixels

Layout = Literal["page", "block", "line"]
"""A whole page with its columns, one block of lines, or a single line."""

os.environ["OMP_THREAD_LIMIT"] = "1"

_PSM: dict[Layout, int] = {"page": 3, "block": 6, "line": 7}
_VARIABLES = {
    "tessedit_do_invert": "0",
    "load_system_dawg": "0",
    "load_freq_dawg": "0",
    "load_punc_dawg": "0",
    "load_number_dawg": "0",
    "debug_file": os.devnull,
}
_TESSDATA_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract-ocr/4/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
)


class MissingModel(EngineError):
    """Tesseract has no model of the language."""

    vi_text = "Tesseract chưa có dữ liệu ngôn ngữ '{language}'."
    en_text = "Tesseract has no model of the language '{language}'."
    next_vi_text = "Cài gói {package} (sudo apt install {package}); các trang đã lưu không bị mất."
    next_en_text = "Install {package} (sudo apt install {package}); saved pages are not lost."


class MissingEngine(EngineError):
    """The engine asked for is not installed."""

    vi_text = "Chưa cài công cụ nhận dạng {engine}."
    en_text = "The recognition engine {engine} is not installed."


class ReadTimedOut(EngineError):
    """A page took longer than its time."""

    vi_text = "Nhận dạng một trang quá {seconds} giây nên đã dừng trang đó."
    en_text = "Reading a page took over {seconds} seconds and was stopped."
    next_vi_text = "Trang vẫn còn nguyên. Xem trang đó và nhập tay nếu cần."
    next_en_text = "The page itself is safe. Look at it, and type its fields if needed."


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as the engine gives it, in pixels of the picture that it was given."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    line: int


class Engine(Protocol):
    """Reads upright grey pictures."""

    @property
    def name(self) -> str:
        """Engine, version and model, for the record."""

    def read(
        self,
        grey: Pixels,
        dpi: int,
        layout: Layout = "page",
        *,
        language: str = "vie",
        allowed: str = "",
        timeout_s: float = 30.0,
    ) -> tuple[ReadWord, ...]:
        """Words in reading order.

        Args:
            grey: Upright page or part of one, dark on light.
            dpi: Its resolution.
            layout: What the picture holds.
            language: Tesseract's name of the model.
            allowed: The only characters that may be read; '' = all of the model.
            timeout_s: Seconds until the page is given up.

        Raises:
            MissingModel: No such model.
            ReadTimedOut: The time is over.
            EngineError: The engine failed.
        """


def find_tessdata(language: str = "vie") -> Path:
    """Folder with the model of a language: TESSDATA_PREFIX, then where Linux systems put it.

    Raises:
        MissingModel: None of them has it.
    """
    stated = os.environ.get("TESSDATA_PREFIX", "")
    folders = [Path(stated), Path(stated) / "tessdata"] if stated else []
    for folder in [*folders, *map(Path, _TESSDATA_FOLDERS)]:
        if (folder / f"{language}.traineddata").is_file():
            return folder
    package = f"tesseract-ocr-{language.replace('_', '-')}"
    raise MissingModel(engine="tesseract", language=language, package=package)


def has_model(language: str) -> bool:
    """Whether a model is installed."""
    try:
        find_tessdata(language)
    except MissingModel:
        return False
    return True


class InProcess:
    """tesserocr: the model is loaded once per process and language."""

    def __init__(self) -> None:
        if importlib.util.find_spec("tesserocr") is None:
            raise MissingEngine(engine="tesserocr")
        self._apis: dict[str, Any] = {}
        # A Tesseract instance must never be entered twice.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Engine, version and model."""
        import tesserocr

        version = tesserocr.tesseract_version().split()[1]
        return f"tesserocr {tesserocr.__version__}, Tesseract {version}, vie"

    def read(
        self,
        grey: Pixels,
        dpi: int,
        layout: Layout = "page",
        *,
        language: str = "vie",
        allowed: str = "",
        timeout_s: float = 30.0,
    ) -> tuple[ReadWord, ...]:
        """See `Engine.read`."""
        with self._lock:
            api = self._api(language)
            api.SetPageSegMode(_PSM[layout])
            api.SetVariable("tessedit_char_whitelist", allowed)
            rows, columns = grey.shape
            api.SetImageBytes(np.ascontiguousarray(grey).tobytes(), columns, rows, 1, columns)
            api.SetSourceResolution(dpi)
            try:
                if not api.Recognize(round(timeout_s * 1000)):
                    raise ReadTimedOut(engine="tesserocr", seconds=round(timeout_s))
                return tuple(_words(api.GetIterator()))
            except RuntimeError as fault:
                raise EngineError(
                    str(fault), engine="tesserocr", detail_vi="không đọc được trang này"
                ) from fault
            finally:
                api.Clear()

    def _api(self, language: str) -> Any:  # noqa: ANN401 - tesserocr has no types
        import tesserocr

        if language not in self._apis:
            folder = find_tessdata(language)
            # Leptonica tells stderr of every odd box; what matters is raised.
            tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
            try:
                self._apis[language] = tesserocr.PyTessBaseAPI(
                    path=f"{folder}/",
                    lang=language,
                    oem=tesserocr.OEM.LSTM_ONLY,
                    variables=_VARIABLES,
                )
            except RuntimeError as fault:
                raise EngineError(
                    str(fault), engine="tesserocr", detail_vi="không nạp được dữ liệu ngôn ngữ"
                ) from fault
        return self._apis[language]


def _words(iterator: Any) -> Iterator[ReadWord]:  # noqa: ANN401 - tesserocr has no types
    """Words of a result iterator; a page without any gives no iterator."""
    import tesserocr

    level, line = tesserocr.RIL.WORD, -1
    if iterator is None:
        return
    for word in tesserocr.iterate_level(iterator, level):
        if word.Empty(level):
            continue
        if line < 0 or word.IsAtBeginningOf(tesserocr.RIL.TEXTLINE):
            line += 1
        text = word.GetUTF8Text(level).strip()
        box = word.BoundingBox(level)
        if text and box:
            yield ReadWord(text, box, word.Confidence(level) / 100, line)


class ChildProcess:
    """pytesseract: one run of the tesseract program per page."""

    def __init__(self) -> None:
        if importlib.util.find_spec("pytesseract") is None:
            raise MissingEngine(engine="pytesseract")

    @property
    def name(self) -> str:
        """Engine, version and model."""
        import pytesseract

        version = str(pytesseract.get_tesseract_version()).splitlines()[0]
        return f"pytesseract {pytesseract.__version__}, Tesseract {version}, vie"

    def read(
        self,
        grey: Pixels,
        dpi: int,
        layout: Layout = "page",
        *,
        language: str = "vie",
        allowed: str = "",
        timeout_s: float = 30.0,
    ) -> tuple[ReadWord, ...]:
        """See `Engine.read`."""
        import pytesseract

        settings = dict(_VARIABLES)
        if allowed:
            settings["tessedit_char_whitelist"] = allowed
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        folder = find_tessdata(language)
        config = f"--tessdata-dir {folder} --psm {_PSM[layout]} --oem 1 --dpi {dpi} {options}"
        try:
            table = pytesseract.image_to_data(
                Image.fromarray(grey),
                lang=language,
                config=config,
                timeout=timeout_s,
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractNotFoundError as fault:
            raise MissingEngine(engine="tesseract") from fault
        except pytesseract.TesseractError as fault:
            raise EngineError(
                str(fault.message),
                engine="pytesseract",
                detail_vi=f"chương trình dừng với mã {fault.status}",
            ) from fault
        except RuntimeError as fault:
            raise ReadTimedOut(engine="pytesseract", seconds=round(timeout_s)) from fault
        return tuple(_table_words(table))


def _table_words(table: dict[str, list[Any]]) -> Iterator[ReadWord]:
    lines: dict[tuple[Any, ...], int] = {}
    places = ("block_num", "par_num", "line_num")
    for i, text in enumerate(table["text"]):
        if not str(text).strip() or float(table["conf"][i]) < 0:
            continue
        line = lines.setdefault(tuple(table[place][i] for place in places), len(lines))
        left, top = int(table["left"][i]), int(table["top"][i])
        box = (left, top, left + int(table["width"][i]), top + int(table["height"][i]))
        yield ReadWord(str(text).strip(), box, float(table["conf"][i]) / 100, line)


_ENGINES: dict[str, type[InProcess] | type[ChildProcess]] = {
    "tesserocr": InProcess,
    "pytesseract": ChildProcess,
}
_loaded: dict[str, Engine] = {}


def engine(name: str = "") -> Engine:
    """The engine of that name, one instance a process; '' takes the first that is installed.

    Raises:
        UsageError: No engine has that name.
        MissingEngine: It is not installed.
    """
    if name and name not in _ENGINES:
        raise UsageError(f"--engine {name} (tesserocr | pytesseract)")
    if not name:
        in_process = importlib.util.find_spec("tesserocr") is not None
        name = "tesserocr" if in_process else "pytesseract"
    if name not in _loaded:
        _loaded[name] = _ENGINES[name]()
    return _loaded[name]
