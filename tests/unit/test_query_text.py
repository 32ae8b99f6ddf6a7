"""Parameters of a query file become literals, and stand nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.storage.query_text import bound

LITERALS = {"a": "'x'", "b": "'${a}'"}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("SELECT 1", "SELECT 1\n"),
        ("SELECT 1;", "SELECT 1\n"),
        ("SELECT 1 ; -- end;", "SELECT 1 \n-- end;"),
        ("SELECT 1; /* end */\n", "SELECT 1\n/* end */\n"),
        ("SELECT ';';", "SELECT ';'\n"),
        ("SELECT ${a}, ${b}", "SELECT 'x', '${a}'\n"),
        ("-- ${a}\nSELECT 1", "-- ${a}\nSELECT 1\n"),
        ("/* /* ${a} */ ${nobody} */ SELECT ${a}", "/* /* ${a} */ ${nobody} */ SELECT 'x'\n"),
        ("SELECT '--', ${a}", "SELECT '--', 'x'\n"),
        ("SELECT E'\\'--', ${a}", "SELECT E'\\'--', 'x'\n"),
        ("SELECT $$ ' $$, $t$ $$ $t$, ${a}", "SELECT $$ ' $$, $t$ $$ $t$, 'x'\n"),
        ('SELECT a$b, ${a}, c$d FROM "--"', "SELECT a$b, 'x', c$d FROM \"--\"\n"),
        ("SELECT 'it''s', ${a}", "SELECT 'it''s', 'x'\n"),
    ],
)
def test_parameters_stand_where_they_are_safe(text: str, made: str) -> None:
    """Comments and texts are left as they are; a semicolon at the end goes."""
    assert bound(text, LITERALS).rstrip("\n") == made.rstrip("\n")


@pytest.mark.parametrize(
    "text",
    ["'${a}'", "'it''s ${a}'", "E'\\'${a}'", '"${a}"', "$$${a}$$", "$t$ $$ ${a} $t$", "e'''${a}'"],
)
def test_a_parameter_within_quotes_is_refused(text: str) -> None:
    """Its value would end them."""
    with pytest.raises(ValueError, match=r"has \$\{a\} within quotes. Join it"):
        bound(f"SELECT {text}", LITERALS)


@pytest.mark.parametrize("text", ["'x ${a}", '"x ${a}', "E'x\\' ${a}"])
def test_a_quote_without_an_end_is_refused(text: str) -> None:
    """Nobody could say what is within it."""
    with pytest.raises(ValueError, match="has a quote without an end"):
        bound(f"SELECT {text}", LITERALS)


def test_an_unknown_parameter_is_refused() -> None:
    """With the way to declare it."""
    with pytest.raises(ValueError, match=r"unknown parameter \$\{c\}. Add `params: \{c: …\}`"):
        bound("SELECT ${c}", LITERALS)


@given(st.text("ab'\"$-/*\\eE;\n{}") | st.text())
def test_a_query_without_parameters_stays_as_it_is(text: str) -> None:
    """But for blanks and a semicolon at its end, or it is refused."""
    try:
        made = bound(text, {})
    except ValueError:
        return
    kept = [c for c in text if not c.isspace() and c != ";"]
    assert [c for c in made if not c.isspace() and c != ";"] == kept
