"""What a run changes can be taken along as a table that people open."""

import csv
import io

from impex.formats.change_csv import as_csv
from impex.services.resources import Resources
from impex.storage import reports
from tests.groups import column, goods, group, integer
from tests.imports import bring, execute

HEADER = ["file", "line", "table", "key", "action", "column", "before", "after"]


def table(resources: Resources, job_id: int) -> list[list[str]]:
    """Return the rows of the table of a run."""
    with resources.database.transaction() as connection:
        content = b"".join(as_csv(reports.changes(connection, job_id)))
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_every_changed_column_is_a_row_before_and_after(shop: Resources) -> None:
    """Numbers stay numbers, also below zero; a new row is told by its key. A dry run tells the same."""
    execute(
        shop, "INSERT INTO shop.goods (code, name, stock) VALUES ('A', 'Tea', 5), ('B', 'x', 0)"
    )
    described = group(goods(column("name"), integer("stock")))
    files = {"goods.csv": "code,name,stock\nA,Mate,-5\nB,x,0\nC,Pot,1\n"}

    dry = bring(shop, described, files, dry_run=True)
    real = bring(shop, described, files)

    header, *rows = table(shop, real.run)
    assert header == HEADER
    assert sorted(rows) == [
        ["goods.csv", "2", "shop.goods", "code=A", "UPDATE", "name", "Tea", "Mate"],
        ["goods.csv", "2", "shop.goods", "code=A", "UPDATE", "stock", "5", "-5"],
        ["goods.csv", "4", "shop.goods", "code=C", "INSERT", "", "", ""],
    ]
    assert table(shop, dry.run) == table(shop, real.run)


def test_no_text_of_a_table_is_a_formula(shop: Resources) -> None:
    """Whoever opens it in a spreadsheet sees the text, and nothing is computed or fetched."""
    execute(shop, "INSERT INTO shop.goods (code, name) VALUES ('=1+1', 'old')")
    files = {"goods.csv": 'code,name\n=1+1,"=HYPERLINK(""http://evil"")"\n'}

    report = bring(shop, group(goods(column("name"))), files)

    [row] = table(shop, report.run)[1:]
    assert row[3:] == ["code==1+1", "UPDATE", "name", "old", '\'=HYPERLINK("http://evil")']


def test_a_run_that_changed_nothing_has_a_header_only(shop: Resources) -> None:
    """As an empty export has."""
    report = bring(shop, group(goods()), {"goods.csv": "code,name\n"})

    assert table(shop, report.run) == [HEADER]
