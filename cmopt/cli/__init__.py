"""The command line. `main` is the entry point; heavy imports wait inside the commands."""

from cmopt.cli.app import main

__all__ = ["main"]
