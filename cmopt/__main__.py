"""``python -m cmopt``."""

from cmopt.cli import main

if __name__ == "__main__":
    main()
