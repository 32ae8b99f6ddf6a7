"""Streams whose faults are translated, however long after opening they come."""

import errno
import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER_BYTES = 1 << 16

Guard = Callable[[], AbstractContextManager[None]]


def guarded(stream: BinaryIO, guard: Guard, size: int | None = None) -> BinaryIO:
    """Return a stream that does what another does, each call inside a context of the guard.

    Args:
        stream: Seekable; closed with the returned one.
        guard: Makes contexts that turn the faults of the stream into others.
        size: Where the stream ends, if it cannot be trusted to know.
    """
    return io.BufferedReader(_Guarded(stream, guard, size), _BUFFER_BYTES)


class _Guarded(io.RawIOBase):
    """The calls that a buffered reader makes."""

    def __init__(self, stream: BinaryIO, guard: Guard, size: int | None) -> None:
        self._stream = stream
        self._guard = guard
        self._size = size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        with self._guard():
            data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        position = self._base(whence) + offset
        if position < 0:
            # As files on a disk answer, whatever this one would; zipfile looks so for its marks.
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        with self._guard():
            self._stream.seek(position)
        return position

    def _base(self, whence: int) -> int:
        """Return the position from which an offset counts."""
        if whence == io.SEEK_SET:
            return 0
        if whence == io.SEEK_END and self._size is not None:
            return self._size
        with self._guard():
            self._stream.seek(0, whence)
            return self._stream.tell()

    def close(self) -> None:
        if self.closed:
            return
        try:
            with self._guard():
                self._stream.close()
        finally:
            super().close()
