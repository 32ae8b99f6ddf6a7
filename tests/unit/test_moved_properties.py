"""Whatever a descriptor says, there is a group that can be read, and nothing is lost in silence."""

import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from impex.config.loader import text_problems
from impex.moving import Conversion, convert, load_tables
from tests.unit.xml_descriptors import FILE, WRITTEN, elements, export_xml, import_xml

# Characters that XML can hold, and that mean something to YAML, to patterns or to SQL.
_SIGNS = st.sampled_from(
    list("abzAZ09_-.:;,'\"`#&*!|>%@{}[]()?$^\\/ \n\täж中\u2028\u0085\U0001f600")
)
_TEXT = st.text(_SIGNS, max_size=12)
_NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_. -]{0,20}[a-z]", fullmatch=True)
_INDEX = st.sampled_from(["-1", "0", "1", "7", "99999999", "x", ""])
_QUERIES = st.sampled_from(
    [
        "select t from ThingEntity t where t.code = {code}",
        "select t from ThingEntity t where t.shop.code = {contextShopCode} and t.a = {b}",
        "select t.id from XEntity t where t.a = 'it''s' and t.b.c.d = 1",
        "select v from V v where v.x = {masterObject}",
        "INSERT INTO TTHING (VERSION, CODE, VAL) VALUES (0, {masterObjectId}, 'x{code}y')",
        "INSERT INTO T (A, B) VALUES ('{code}', 'de#~#{code}#~#')",
        "DELETE FROM T WHERE A = '{code}';\nINSERT INTO T (A) VALUES ('{GUID}')",
        "DELETE FROM T WHERE A = (SELECT X_ID FROM TX WHERE G = '{code}')",
        "/imgvault/product/",
        "",
    ]
) | _TEXT  # fmt: skip
_PATTERNS = st.sampled_from(["(.{0,255})(.*)", "(.{0,4000})(.*)", "(a)(b)", "(?=x)", "$1"]) | _TEXT
_FLAGS = st.sampled_from(["true", "false", "TRUE", ""])
_OF_COLUMNS = {
    "data-type": st.sampled_from(
        ["STRING", "BOOLEAN", "INT", "DECIMAL", "DATE", "DATETIME", "INSTANT", "AVC", "X"]
    ),
    "entity-type": st.sampled_from(["org.yes.cart.domain.entity.Brand", "x.Thing", ""]) | _TEXT,
    "language": st.sampled_from(["en", "de_AT", "klingon!"]),
    "context": st.sampled_from(["dd.MM.yyyy", "yyyy[ HH"]) | _TEXT,
    "value-regex": _PATTERNS,
    "value-regex-group": st.sampled_from(["0", "1", "2", "99999", "x"]),
    "value-regex-template": st.sampled_from(["$1", "\\", "${x}$"]) | _TEXT,
    "value-constant": st.sampled_from(["500", "true", "${now}", "${x}"]) | _TEXT,
    "lookup-query": _QUERIES,
    "insert-only": _FLAGS,
    "update-only": _FLAGS,
    "use-master-object": _FLAGS,
    "update-skip-unresolved": _FLAGS,
    "column-header": _TEXT,
    "surprise": _TEXT,
}
_KINDS = st.sampled_from(
    ["FIELD", "FK_FIELD", "SLAVE_INLINE_FIELD", "SLAVE_TUPLE_FIELD", "KEYVALUE"]
)
_OF_DESCRIPTORS = {
    "mode": st.sampled_from(["MERGE", "INSERT_ONLY", "UPDATE_ONLY", "DELETE", "X", ""]),
    "entity-type": st.sampled_from(
        ["org.yes.cart.domain.entity.Product", "x.Thing", "x.Own", "IMAGE", ""]
    ),
    "select-sql": _QUERIES,
    "insert-sql": _QUERIES,
    "delete-cmd": _QUERIES,
    "context": st.sampled_from(
        ["<shop-code>S</shop-code>", "<shop-code-column>x</shop-code-column>", ""]
    ),
    "xml-handler": st.just("BRAND"),
}


def parts(
    strategies: dict[str, st.SearchStrategy[str]], most: int
) -> st.SearchStrategy[dict[str, str]]:
    """Return strategies for some elements, each with a text of its own."""
    names = st.lists(st.sampled_from(sorted(strategies)), max_size=most, unique=True)
    return names.flatmap(lambda some: st.fixed_dictionaries({n: strategies[n] for n in some}))


def column(name: str, kind: str, index: str, others: dict[str, str], inner: str) -> str:
    """Return a column descriptor."""
    own = {"column-index": index, "field-type": kind, "name": name}
    return f"<column-descriptor>{elements(own | others)}{inner}</column-descriptor>"


def columns(inner: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Return strategies for the columns of a descriptor, some with descriptors in them."""
    one = st.builds(column, _NAMES, _KINDS, _INDEX, parts(_OF_COLUMNS, 5), inner)
    return st.lists(one, max_size=5)


def descriptor(kind: str, columns: list[str], others: dict[str, str], file: dict[str, str]) -> str:
    """Return a descriptor of either kind."""
    named = {name.replace("-", "_"): text for name, text in others.items()}
    make, usual = (import_xml, FILE) if kind == "import" else (export_xml, WRITTEN)
    return make(*columns, file=usual | file, **named)


_FILES = parts(dict.fromkeys({*FILE, *WRITTEN, "line-end"}, _TEXT), 3)
_INNER = st.just("") | st.builds(
    descriptor, st.sampled_from(["import", "export"]), columns(st.just("")),
    parts({n: s for n, s in _OF_DESCRIPTORS.items() if n != "xml-handler"}, 5), _FILES,
)  # fmt: skip
DESCRIPTORS = st.builds(
    descriptor, st.sampled_from(["import", "export"]), columns(_INNER),
    parts(_OF_DESCRIPTORS, 4), _FILES,
)  # fmt: skip


def told(texts: list[str]) -> Conversion:
    """Translate descriptors in a directory of their own."""
    with tempfile.TemporaryDirectory() as directory:
        for number, text in enumerate(texts):
            (Path(directory) / f"thing-{number}.xml").write_text(text, "utf-8")
        return convert([Path(directory)], load_tables(), "things")


@settings(deadline=None)
@given(st.lists(DESCRIPTORS, min_size=1, max_size=3))
def test_a_descriptor_becomes_yaml_that_lint_takes_or_a_note_says_why(texts: list[str]) -> None:
    """Nothing that stands in a descriptor stops the translation, or makes YAML of something else."""
    done = told(texts)

    loaded = yaml.load(done.text, Loader=yaml.BaseLoader)
    assert len(loaded["descriptors"]) >= len(texts)
    problems = {problem.what for problem in text_problems(done.text, Path("things.yaml"))}
    assert problems <= {note.what for note in done.notes}


@settings(deadline=None)
@given(DESCRIPTORS, st.lists(_NAMES, min_size=1, max_size=4, unique=True), _KINDS, _INDEX)
def test_every_field_is_in_the_group_or_in_a_note(
    text: str, names: list[str], kind: str, index: str
) -> None:
    """No column is forgotten, whatever else the descriptor says."""
    own = "".join(column(name, kind, index, {}, "") for name in names)
    text = text.replace("columns>", f"columns>{own}", 1)

    done = told([text])

    everything = done.text + " ".join(note.what for note in done.notes)
    outline = "xml-handler" in text or "images of" in everything
    assert outline or all(" ".join(name.split()) in everything for name in names)
