"""Entry point of ``python -m impex``."""

import sys

from impex.cli.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
