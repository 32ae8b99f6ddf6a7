"""Sizes of files and messages, as people write them."""


def size_in_bytes(size: str) -> int:
    """Return how many bytes a size is, such as ``500 MB``."""
    unit = {"KB": 10**3, "MB": 10**6, "GB": 10**9}[size[-2:]]
    return int(size[:-2]) * unit
