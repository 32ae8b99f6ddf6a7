"""The command line: ``python -m impex``."""
