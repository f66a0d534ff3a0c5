"""Give a finished file its name, and never another file's."""

from __future__ import annotations

from pathlib import Path

from desk_app.errors import NotAllowed
from desk_app.store.blobs import sync_folder


def publish(made: Path, target: Path) -> None:
    """Put a finished file under its name in the same file system.

    Raises:
        NotAllowed: The name is taken.
    """
    try:
        target.hardlink_to(made)
    except FileExistsError as fault:
        raise _taken(target) from fault
    except OSError as fault:  # FAT, as on a memory stick, has no links
        if target.exists():
            raise _taken(target) from fault
        made.rename(target)
    sync_folder(target.parent)


def _taken(target: Path) -> NotAllowed:
    return NotAllowed(
        f"a file of this name exists: {target}", detail_vi=f"đã có tệp cùng tên: {target}"
    )
