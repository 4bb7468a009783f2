"""The command line. `main` is the entry point; heavy imports wait inside the commands."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Ctrl-C while it is still being loaded ends it without a traceback too."""
    try:
        from cmopt.cli.app import run
    except KeyboardInterrupt:
        sys.exit(4)
    run()


__all__ = ["main"]
