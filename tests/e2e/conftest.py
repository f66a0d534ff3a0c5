"""One demonstration for all end-to-end tests: the README's command on an empty data folder."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TRUTH = json.loads(
    (ROOT / "resources/samples/birth_registration/truth.json").read_text(encoding="utf-8")
)


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def start(*args, **kwargs):
    """main.py as a process of its own group, without anything of this test's environment."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **kwargs.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
        **kwargs,
    )


def desk(*args, stdin="", timeout=240, **kwargs):
    process = start(*args, **kwargs)
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert "Traceback" not in err
    assert "Traceback" not in out
    return Result(process.returncode, out, err)


@dataclass
class Demo:
    data: Path
    out: Path
    result: Result

    @property
    def files(self):
        return [Path(each["path"]) for each in self.result.json["signed_files"]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    data, out = folder / "data", folder / "out"
    return Demo(data, out, desk("demo", "--data", data, "--out", out, "--json"))
