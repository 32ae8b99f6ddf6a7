"""``python -m impex export``: what people and programs see, and the exit codes they rely on."""

import json
from pathlib import Path

import pytest

from impex.services.resources import Resources
from tests.commands import Command, command_in
from tests.exports import goods_feed
from tests.imports import execute, rows


@pytest.fixture
def impex(shop: Resources, dsn: str, tmp_path: Path) -> Command:
    """Run a command in a directory of its own, which has groups that export two goods."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name, kind) VALUES ('A', '=1', 'new'), ('B', 'Bowl', 'old')",
    )
    groups = tmp_path / "config" / "groups"
    groups.mkdir(parents=True)
    how = {"columns": ["code", "name"], "where": "{kind: '${kind}'}"}
    (groups / "feed.yaml").write_text(
        goods_feed(publish="{params: {kind: new}}", file="goods-{kind}.csv", **how), "utf-8"
    )
    enum = ["code", "{to: kind, type: enum, values: {n: new}}"]
    (groups / "odd.yaml").write_text(goods_feed(columns=enum), "utf-8")
    strict = goods_feed(columns=enum, descriptor="on_error: reject_package")
    (groups / "strict.yaml").write_text(strict, "utf-8")
    (groups / "lost.yaml").write_text(goods_feed(publish="{to: partner}"), "utf-8")
    (groups / "misfit.yaml").write_text(goods_feed(columns=["code", "nmae"]), "utf-8")
    (groups / "broken.yaml").write_text("descriptors:\n  - nmae: x\n", "utf-8")
    return command_in(tmp_path, dsn)


def test_an_export_is_told_as_one_json_object_and_copied_where_it_is_wanted(
    impex: Command, tmp_path: Path
) -> None:
    """Exit code 0; nothing else stands on stdout."""
    done = impex("export", "feed", "--param", "kind=new", "--out", "here", "--json")

    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (told["export"], told["state"], told["group"]) == (1, "done", "feed")
    assert told["params"] == {"kind": "new"}
    (export,) = told["exports"]
    assert (export["name"], export["state"], export["rows"], export["rejected"]) == (
        "goods", "written", 1, 0,
    )  # fmt: skip
    (file,) = export["files"]
    assert file["key"] == "exports/feed/1/goods-new.csv"
    assert {p.name for p in (tmp_path / "here").iterdir()} == {
        "goods-new.csv", "feed-1.manifest.json",
    }  # fmt: skip
    assert (tmp_path / "here" / "goods-new.csv").read_text() == "code,name\nA,=1\n"


def test_an_export_is_told_in_words(impex: Command) -> None:
    """With the files, and where they are."""
    done = impex("export", "feed", "--param", "kind=old")

    assert (done.returncode, done.stderr) == (0, "")
    for word in ("Export 1: feed: done", "goods-old.csv", "In the file store: exports/feed/1/"):
        assert word in done.stdout


def test_a_spreadsheet_gets_texts_that_are_no_formulas(impex: Command, tmp_path: Path) -> None:
    """If the command says that it is for one."""
    impex("export", "feed", "--audience", "spreadsheet", "--out", "here")

    assert (tmp_path / "here" / "goods-new.csv").read_text() == "code,name\nA,'=1\n"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["feed", "--param", "kond=x"], 1, "has no parameter 'kond'"),
        (["feed", "--param", "kind=../../x"], 1, "cannot be the name of a file"),
        (["feed", "--param", "kind"], 2, "Write --param name=value"),
        (["strict"], 1, "strict is not published: goods was refused"),
        (["nobody"], 2, "there is no group nobody"),
        (["broken"], 2, "There is no option `nmae` here"),
        (["misfit"], 2, "shop.goods has no column nmae. Did you mean name?"),
        (["feed", "--audience", "nobody"], 2, "invalid choice"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    impex: Command, arguments: list[str], code: int, word: str
) -> None:
    """On stderr, with the exit code for what is to be done about it."""
    done = impex("export", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_that_were_left_out_and_targets_that_failed_have_their_codes(impex: Command) -> None:
    """1 and 3, and the report is printed all the same."""
    odd, lost = impex("export", "odd"), impex("export", "lost")

    assert (odd.returncode, lost.returncode) == (1, 3)
    assert "1 rows could not be written" in odd.stdout
    assert "not delivered to partner" in lost.stdout


def test_a_database_that_is_not_there_is_a_failure(impex: Command) -> None:
    """Exit code 3."""
    done = impex("export", "feed", IMPEX_DSN="postgresql://nobody@127.0.0.1:1/none")

    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_exports_are_listed_and_shown(impex: Command, shop: Resources) -> None:
    """Newest first; one of them with what could not be written."""
    impex("export", "feed")
    impex("export", "odd")

    listed = json.loads(impex("exports", "--json").stdout)
    assert [(e["export"], e["group"], e["state"]) for e in listed] == [
        (2, "odd", "rejected"), (1, "feed", "done"),
    ]  # fmt: skip
    one = json.loads(impex("exports", "2", "--json").stdout)
    assert [(i["key"], i["column"]) for i in one["issues"]] == [("code=B", "kind")]
    assert "none of the values" in impex("exports", "2").stdout
    assert "odd" in impex("exports").stdout
    nothing = impex("exports", "9")
    assert (nothing.returncode, nothing.stderr) == (1, "there is no export 9\n")
    assert rows(shop, "SELECT count(*) FROM impex.export") == [(2,)]
