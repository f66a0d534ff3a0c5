"""The house rules that prose would not hold: who may import whom."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STAGES = ("capture", "imaging", "recognition", "dossiers", "pdf", "submission")
FOUNDATION = {"records", "errors", "store", "paths", "workspace"}
"""What any stage may import beside what stands to its left."""
HEAVY = {
    "cv2": {"desk_app/imaging/_cv.py", "scanners/drivers/camera.py"},
    "tesserocr": {"desk_app/recognition/tesseract.py"},
    "pytesseract": {"desk_app/recognition/tesseract.py"},
    "zxingcpp": {"desk_app/recognition/codes.py", "desk_app/recognition/symbols.py"},
    "openpyxl": {"desk_app/submission/packages/workbooks.py"},
    "sqlite3": set(),  # its exceptions are not SQLCipher's; one name for all: desk_app.store.sql
    "sqlcipher3": {"desk_app/store/sql.py"},
    "keyring": {"desk_app/store/key_places.py"},
    "PySide6": None,
    "pkcs11": {"signing/keys/pkcs11.py"},
}
PYHANKO = {
    "signing/engine.py",
    "signing/marks.py",
    "signing/writing.py",
    "signing/augment.py",
    "signing/verify/signatures.py",
    "signing/timestamps.py",
    "signing/trust.py",
}


def sources(*folders):
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path):
    return tuple(imports_of(path))


def imports_of(path):
    """(module, is lazy) for every import of a file; names under TYPE_CHECKING do not run."""
    tree = parsed(path)
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    lazy = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module, id(node) in lazy
            yield from ((f"{node.module}.{a.name}", id(node) in lazy) for a in node.names)


def violations(paths, is_wrong):
    return [
        f"{path.relative_to(ROOT)}: {module}"
        for path in paths
        for module, lazy in imports(path)
        if is_wrong(str(path.relative_to(ROOT)), module, lazy)
    ]


@pytest.mark.parametrize("library", ["scanners", "signing"])
def test_libraries_stand_alone(library):
    others = {"desk_app", "scanners", "signing"} - {library}
    assert violations(sources(library), lambda _, m, __: m.split(".")[0] in others) == []


def test_only_the_window_imports_qt():
    def wrong(path, module, _):
        return module.split(".")[0] == "PySide6" and not path.startswith("desk_app/gui/")

    assert violations([*sources("desk_app", "scanners", "signing"), ROOT / "main.py"], wrong) == []


def test_the_window_calls_no_stage():
    # Lists to read and decisions to keep, not work to do: what a dossier lacks and may reuse, the
    # office's figures and the names in them. A package and its field lists are asked for whole, on
    # a lane of their own (gui/models/packing.py alone).
    allowed = {"batches", "catalog", "codes", "completeness", "figures_tables", "provinces",
               "queue", "reuse", "reviews", "scan_profiles", "secret_papers"}  # fmt: skip

    def wrong(path, module, _):
        parts = module.split(".")
        if len(parts) < 3 or parts[0] != "desk_app" or parts[1] not in STAGES:
            return False
        if parts[2] == "packages":
            return path != "desk_app/gui/models/packing.py"
        return parts[2] not in allowed

    assert violations(sources("desk_app/gui"), wrong) == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_what_stands_to_its_left(stage):
    left = set(STAGES[: STAGES.index(stage) + 1]) | FOUNDATION

    def wrong(_, module, __):
        parts = module.split(".")
        return parts[0] == "desk_app" and len(parts) > 1 and parts[1] not in left

    assert violations(sources(f"desk_app/{stage}"), wrong) == []


def test_the_store_knows_no_stage():
    def wrong(_, module, __):
        parts = module.split(".")
        # The vault asks the settings once whether a new folder is to be encrypted.
        allowed = FOUNDATION | {"settings"}
        return parts[0] == "desk_app" and len(parts) > 1 and parts[1] not in allowed

    assert violations(sources("desk_app/store"), wrong) == []


@pytest.mark.parametrize(("library", "homes"), HEAVY.items())
def test_each_outside_library_has_one_home(library, homes):
    def wrong(path, module, _):
        home = path.startswith("desk_app/gui/") if homes is None else path in homes
        return module.split(".")[0] == library and not home

    assert violations(sources("desk_app", "scanners", "signing"), wrong) == []


def test_pyhanko_is_known_to_few():
    def wrong(path, module, _):
        return module.split(".")[0].startswith("pyhanko") and path not in PYHANKO

    assert violations(sources("desk_app", "scanners", "signing"), wrong) == []


def test_start_up_imports_nothing_heavy():
    heavy = {"cv2", "numpy", "PIL", "pikepdf", "pyhanko", "tesserocr", "pypdfium2", "sqlite_utils",
             "cryptography", "keyring", "zxingcpp", "platformdirs", "lxml", "openpyxl",
             "xlsxwriter"}  # fmt: skip
    light = [ROOT / "main.py"] + [
        ROOT / "desk_app" / name
        for name in (
            "cli.py", "pipeline.py", "stages.py", "jobs.py", "settings.py", "records.py",
            "errors.py", "paths.py", "views.py", "signatures.py", "store/database.py",
            "store/dossiers.py", "capture/intake.py",
        )
    ]  # fmt: skip

    def wrong(_, module, lazy):
        return not lazy and module.split(".")[0] in heavy

    assert violations(light, wrong) == []


def test_no_circles():
    modules = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p
        for p in sources("desk_app", "scanners", "signing")
    }
    graph = {
        name: {m for m, lazy in imports(path) if m in modules and m != name and not lazy}
        for name, path in modules.items()
    }
    done, path = set(), []

    def visit(name):
        if name in path:
            pytest.fail(" → ".join([*path[path.index(name) :], name]))
        if name in done:
            return
        path.append(name)
        for other in graph[name]:
            visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_files_and_functions_stay_readable():
    long = []
    for path in sources("desk_app", "scanners", "signing"):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 600:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 80:
                long.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert long == []


def test_main_is_short():
    assert (ROOT / "main.py").read_text(encoding="utf-8").count("\n") <= 40
