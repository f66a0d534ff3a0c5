"""The one name under which the desk knows SQLite: SQLCipher's, with exceptions of its own.

`sqlite3.IntegrityError` of the standard library is not raised by it, so nothing here may import
that module beside this one. Type checkers are shown the standard library's, which has the same
shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlcipher3 import dbapi2 as sqlite3

__all__ = ["sqlite3"]
