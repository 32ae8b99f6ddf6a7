"""Columns of text that point into the block they were read from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from impex.formats.cells import columns

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[TEXTS] * width), max_size=5)))
def test_every_text_comes_out_as_it_lies_in_the_block(records: list[tuple[str, ...]]) -> None:
    """Short texts are copied into their views and long ones are not; nobody can tell."""
    cells = [text.encode() for record in records for text in record]
    shape = (len(records), len(records[0]) if records else 1)
    lengths = np.array([len(cell) for cell in cells], np.int64)
    end = np.cumsum(lengths).reshape(shape).T
    start = end - lengths.reshape(shape).T
    block = np.frombuffer(b"".join(cells), np.uint8)

    texts = columns(block, start, end)

    assert [text.name for text in texts] == [str(number + 1) for number in range(shape[1])]
    assert list(zip(*(text.to_list() for text in texts), strict=True)) == records
