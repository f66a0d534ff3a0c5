"""PINs for tests: hashed as the program hashes them, at a thousandth of the cost."""

from desk_app.store import pins

LOG_N = 5


def use(monkeypatch):
    """Make hashing cheap; `tests/store/test_people.py` looks at the real cost."""
    monkeypatch.setattr(pins, "NOBODY", pins.NOBODY.replace(f"${pins.LOG_N}$", f"${LOG_N}$", 1))
    monkeypatch.setattr(pins, "LOG_N", LOG_N)
