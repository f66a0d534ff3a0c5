import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from scanners.worker import Deadlines
from tests.simulators import sane, saned


def draw_page(number, size=(620, 877)):
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for y in range(40, size[1] - 40, 18):
        pen.text((40, y), f"tờ {number} dòng {y} " * 4, fill="black")
    pen.rectangle((10, 10, 60 + number, 30), fill=(200, 0, 0))
    return image


def jpeg_of(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 85, "dpi": (75, 75), **options})
    return file.getvalue()


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """A folder with a stack of eight pages for the simulated scanner."""
    folder = tmp_path_factory.mktemp("stack")
    for number in range(8):
        (folder / f"p{number:02}.jpg").write_bytes(jpeg_of(draw_page(number)))
    return folder


@pytest.fixture(scope="session")
def _sane_config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sane") / "config"
    if not sane.is_available(folder):
        pytest.skip("libsane with its test backend is not installed (libsane1)")
    return folder


@pytest.fixture
def sane_config(_sane_config, monkeypatch):
    """The private configuration in which libsane knows its test device alone."""
    sane.write_config(_sane_config)
    monkeypatch.setenv("TMPDIR", str(_sane_config.parent))  # the claims on devices
    monkeypatch.setenv("SANE_CONFIG_DIR", str(_sane_config))
    return _sane_config


AIRSCAN = list(Path("/usr/lib").glob("*/sane/libsane-airscan.so*"))


@pytest.fixture
def airscan_config(tmp_path_factory, monkeypatch):
    """Have libsane know only these scanners, through sane-airscan; call it with name=address."""
    if not AIRSCAN:
        pytest.skip("sane-airscan is not installed")
    folder = tmp_path_factory.mktemp("airscan")
    (folder / "dll.conf").write_text("airscan\n")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))

    def configure(**scanners):
        lines = [f'"{name}" = {address}, eSCL' for name, address in scanners.items()]
        options = "[options]\ndiscovery = disable\nws-discovery = off\n"
        (folder / "airscan.conf").write_text("\n".join(["[devices]", *lines, options]))

    return configure


@pytest.fixture
def network_scanner(sane_config, tmp_path_factory, monkeypatch):
    """libsane's test device behind SANE's network daemon."""
    with saned.turn():
        if saned.program() is None or not saned.is_port_free():
            pytest.skip("saned is not installed, or its port is taken")
        with saned.Saned(tmp_path_factory.mktemp("saned")) as daemon:
            monkeypatch.setenv("SANE_CONFIG_DIR", str(daemon.client))
            yield daemon


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory, monkeypatch):
    """What the library remembers between jobs stays within a test."""
    monkeypatch.setenv("SCANNERS_STATE_DIR", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def quick():
    """Deadlines short enough to wait for."""
    return Deadlines(open_s=10.0, first_page_s=1.0, silence_s=1.0, next_page_s=1.0, cancel_s=1.0)
