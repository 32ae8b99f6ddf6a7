"""Lines of text files from rows that functions of the user have changed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

import polars as pl

from impex.domain.export import Quoting, Style
from impex.domain.formulas import FORMULA
from impex.domain.layout import Audience, Layout

# Text of PostgreSQL, and so of the functions, never has it.
_BETWEEN_ROWS = "\0"
_NUMBER = r"^[+\-]?[0-9][0-9., ]*$"


def frame_lines(
    frames: Iterable[pl.DataFrame],
    texts: Sequence[bool],
    audience: Audience,
    layout: Layout,
    style: Style,
) -> Iterator[list[bytes]]:
    """Yield the rows of each frame, a line each, in UTF-8.

    Args:
        frames: With text columns ``"1"`` … ``"n"``; null and empty text are both nothing.
        texts: Of each column, whether it is text; others are numbers, dates and the like.
        audience: Who opens the file.
        layout: Its marks count.
        style: Its quotes and line ends count.
    """
    fields = [
        _field(number, is_text, audience, layout, style).alias(str(number))
        for number, is_text in enumerate(texts, 1)
    ]
    for frame in frames:
        frame.select(fields).write_csv(
            written := BytesIO(),
            include_header=False,
            separator=layout.delimiter,
            quote_char=layout.quote,
            quote_style="never" if _quotes_itself(layout, style) else "necessary",
            line_terminator=style.line_end.characters + _BETWEEN_ROWS,
        )
        yield written.getvalue().split(_BETWEEN_ROWS.encode())[:-1]


def _quotes_itself(layout: Layout, style: Style) -> bool:
    """Tell whether quotes are wanted that polars has no word for."""
    return style.quoting is not Quoting.MINIMAL or layout.comment is not None


def _field(number: int, is_text: bool, audience: Audience, layout: Layout, style: Style) -> pl.Expr:
    text = pl.col(str(number))
    if audience is Audience.SPREADSHEET:
        formula = text.str.contains(FORMULA)
        if not is_text:
            # A function may have put anything there.
            formula &= ~text.str.contains(_NUMBER)
        text = pl.when(formula).then("'" + text).otherwise(text)
    text = pl.when(text != "").then(text)
    if not _quotes_itself(layout, style):
        return text
    quote = layout.quote
    quoted = quote + text.str.replace_all(quote, quote * 2, literal=True) + quote
    if style.quoting is Quoting.ALL or (style.quoting is Quoting.TEXT and is_text):
        return quoted
    needed = text.str.contains(f"[{re.escape(layout.delimiter + quote)}\r\n]")
    if number == 1 and layout.comment:
        needed |= text.str.starts_with(layout.comment)
    return pl.when(needed).then(quoted).otherwise(text)
