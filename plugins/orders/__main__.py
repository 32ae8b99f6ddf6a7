"""Entry point of ``python -m orders``."""

import sys

from orders.cli.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
