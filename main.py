"""Entry point: a command runs headless, no command opens the window."""

from __future__ import annotations

import sys


def main() -> int:
    """Hand the arguments to the command line, which opens the window where none is named."""
    try:
        from desk_app import streams

        streams.prepare()
        from desk_app.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command line has begun, or after it has ended
        return 130


if __name__ == "__main__":  # spawned worker processes import this file
    sys.exit(main())
