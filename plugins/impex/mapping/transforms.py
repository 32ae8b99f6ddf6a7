"""Functions of the user over the cells of a column, or over the rows of a batch.

Only descriptors that name one pay for pandas.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from impex.domain.errors import ConfigError, FileFaultError, Problem
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue

Function = Callable[[Any], Any]

# Whatever the user's code raises, and if it ends the program, is a fault of its rows or its file.
_FAILURES = (Exception, SystemExit)


def load_function(directory: Path, name: str) -> Function:
    """Load a function from a file of the directory, and from nowhere else.

    Args:
        directory: ``config/transforms`` of the installation.
        name: ``file.py:function``.

    Raises:
        ConfigError: There is no such file or function, or the file cannot be loaded.
    """
    file, _, function = name.partition(":")
    path = directory / file
    spec = importlib.util.spec_from_file_location(f"impex_transforms_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError([Problem(str(path), "There is no such file.")])
    # Under a name of its own, it neither finds nor hides what the name of the file may mean.
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except _FAILURES as error:
        what = f"The file cannot be loaded: {_told(error)}."
        raise ConfigError([Problem(str(path), what)]) from error
    found = getattr(module, function, None)
    if not callable(found):
        raise ConfigError([Problem(str(path), f"There is no function `{function}`.")])
    loaded: Function = found
    return loaded


@dataclass(frozen=True, slots=True)
class CellTransform:
    """A function over the cells of one column, given and returned as a pandas Series of text.

    Attributes:
        name: ``file.py:function``.
        cell: Text to give, never null.
        text: Name of the column for the text that comes back; null where it is empty.
        failure: Name of the column that says how the function failed; null where it did not.
    """

    function: Function
    name: str
    cell: pl.Expr
    text: str
    failure: str

    def over(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the batch with the two columns added.

        Raises:
            FileFaultError: The function returned something else than a Series of text.
        """
        parts = [pl.DataFrame(schema={self.text: pl.String, self.failure: pl.String})]
        for given, result, failure in _outcomes(self.function, _series(batch, self.cell)):
            text = self._texts(given, result) if failure is None else pl.lit(None, pl.String)
            parts.append(
                pl.select(text.alias(self.text), pl.lit(failure, pl.String).alias(self.failure))
            )
        return batch.hstack(pl.concat(parts))

    def _texts(self, given: Any, result: Any) -> pl.Series:
        if not isinstance(result, type(given)):
            raise _useless(self.name, f"a {type(result).__name__} instead of a pandas Series")
        if len(result) != len(given):
            raise _useless(self.name, f"{len(result)} cells for {len(given)}")
        return _texts(result, self.name)


@dataclass(frozen=True, slots=True)
class RowTransform:
    """A function over rows, given and returned as a pandas DataFrame of text.

    Attributes:
        name: ``file.py:function``.
        header: Names of the fields in the order of the file, each once.
    """

    function: Function
    name: str
    header: Sequence[str]

    def over(self, batch: pl.DataFrame) -> "Transformed":
        """Apply the function to a batch of text columns ``"1"`` … ``"n"`` behind ``line``.

        Raises:
            FileFaultError: The function returned something else than some of the rows.
        """
        numbered = batch.with_row_index("row")
        places = [name for name in batch.columns if not name.isdigit()]
        failed = [numbered.clear().with_columns(pl.lit(None, pl.String).alias("failure"))]
        changed = [numbered.drop(places).clear()]
        given_rows = self._given(batch.drop(places[1:]))
        for given, result, failure in _outcomes(self.function, given_rows):
            if failure is None:
                changed.append(self._changed(given, result))
            else:
                row = numbered.filter(pl.col("row").is_in(given.index.to_list()))
                failed.append(row.with_columns(pl.lit(failure).alias("failure")))
        kept = numbered.select("row", *places).join(
            pl.concat(changed), on="row", maintain_order="left"
        )
        lost = pl.concat(failed)
        rest = numbered.join(pl.concat([kept.select("row"), lost.select("row")]), "row", "anti")
        return Transformed(kept.drop("row"), lost, rest)

    def _given(self, batch: pl.DataFrame) -> Any:
        names = dict(zip(batch.columns, ("_line", *self.header), strict=True))
        return batch.rename(names).to_pandas()

    def _changed(self, given: Any, result: Any) -> pl.DataFrame:
        """Turn what came back into row numbers and text columns ``"1"`` … ``"n"``."""
        if not isinstance(result, type(given)):
            raise _useless(self.name, f"a {type(result).__name__} instead of a pandas DataFrame")
        columns = [name for name in result.columns if name != "_line"]
        if sorted(map(str, columns)) != sorted(self.header):
            odd = set(map(str, columns)) ^ set(self.header)
            raise _useless(self.name, f"other columns than it was given: {', '.join(sorted(odd))}")
        if not result.index.is_unique or not result.index.isin(given.index).all():
            raise _useless(self.name, "rows that it was not given; rows keep their index")
        cells = {str(n): _texts(result[name], self.name) for n, name in enumerate(self.header, 1)}
        rows = pl.Series("row", result.index.to_numpy(), pl.UInt32)
        return pl.DataFrame([rows, *(text.alias(n) for n, text in cells.items())])


@dataclass(frozen=True, slots=True)
class Transformed:
    """What became of the rows of a batch.

    Attributes:
        rows: Those that the function returned, changed, in the order of the file.
        failed: Those that made it fail, as they were; ``failure`` says how.
        left_out: Those that it left out, as they were.
    """

    rows: pl.DataFrame
    failed: pl.DataFrame
    left_out: pl.DataFrame


def _series(batch: pl.DataFrame, cell: pl.Expr) -> Any:
    return batch.select(cell.fill_null("")).to_series().to_pandas()


def _outcomes(function: Function, given: Any) -> Iterator[tuple[Any, Any, str | None]]:
    """Call the function; where it fails, on either half, until only the culprits fail.

    Yields:
        A part of what is given, all in order; what came back for it; how the function failed.
    """
    if len(given) == 0:
        return
    result, failure = None, None
    try:
        # What the function does to its own copy must not reach a second try.
        result = function(given.copy())
    except _FAILURES as error:
        failure = _told(error)
    if failure is None or len(given) == 1:
        yield given, result, failure
        return
    half = len(given) // 2
    yield from _outcomes(function, given.iloc[:half])
    yield from _outcomes(function, given.iloc[half:])


def _texts(series: Any, name: str) -> pl.Series:
    """Turn a pandas Series into text; empty cells are empty text.

    A number is not turned into text: nobody could tell which notation it should have.
    """
    try:
        array = pa.array(series, pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise _useless(name, f"cells of the type {series.dtype} instead of text") from error
    except UnicodeEncodeError as error:
        raise _useless(name, "text with half a character in it") from error
    text = pl.Series(pl.from_arrow(array)).cast(pl.String).fill_null("")
    if text.str.contains("\0", literal=True).any():
        raise _useless(name, "text with a NUL character, which PostgreSQL cannot hold")
    return text


def _useless(name: str, what: str) -> FileFaultError:
    return FileFaultError(Issue(Code.BAD_TRANSFORM, message=f"{name} returned {what}"))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
