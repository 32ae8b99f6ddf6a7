"""The name of the machine that a process of Airflow runs on, as its settings ask for it."""

import os
import socket


def name() -> str:
    """Return what the process was told, else the real one."""
    return os.environ.get("MACHINE") or socket.gethostname()
