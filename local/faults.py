"""Faults that end a command, named by who can mend them."""


class LocalError(Exception):
    """Something on this machine kept the stack from starting, stopping or answering."""

    exit_code = 3


class SetupError(LocalError):
    """A person must change a setting first: a port, a variable, an owner of a directory."""

    exit_code = 2
