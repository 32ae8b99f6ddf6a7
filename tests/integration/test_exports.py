"""Rows of tables become files."""

from pathlib import Path

from impex.services.resources import Resources
from impex.storage import exports
from tests.exports import exported, one_file, written_group
from tests.imports import execute

GOODS = """
    INSERT INTO shop.goods (code, name, price, stock, active, released, seen, extra, title, brand_id)
    VALUES ('B', 'Bowl, large', 12.50, 3, true, '2026-01-31', '2026-01-31 12:00+00',
            '{"a": [1, 2]}', '{"en": "Bowl", "de": "Schale"}', (SELECT min(id) FROM shop.brand)),
           ('A', E'Say "hi"\\nthere', 0, 0, false, NULL, NULL, NULL, '{}', NULL)
"""

CSV = """
title: Feed
descriptors:
  - name: goods
    direction: export
    table: shop.goods
    key: code
    export: {file: "goods-{run}.csv"}
    columns:
      - code
      - name
      - {from: price, to: price, type: decimal, scale: 2}
      - {to: stock, type: integer}
      - {to: active, type: boolean}
      - {to: released, type: date, format: "%d.%m.%Y"}
      - {to: seen, type: timestamp}
      - {to: extra, type: json}
      - {from: title_de, to: title, language: de}
      - {from: brand, to: brand_id, lookup: {table: shop.brand, by: name}}
"""


def test_a_table_is_written_as_text(shop: Resources, tmp_path: Path) -> None:
    """With its lookups, in the order of its key."""
    execute(shop, GOODS)

    report = exported(shop, written_group(tmp_path, CSV))

    assert one_file(shop, report) == (
        "code,name,price,stock,active,released,seen,extra,title_de,brand\n"
        'A,"Say ""hi""\nthere",0.00,0,false,,,,,\n'
        'B,"Bowl, large",12.50,3,true,31.01.2026,2026-01-31 12:00:00+00,"{""a"": [1, 2]}",Schale,HP\n'
    )


def test_runs_are_listed_by_group_page_by_page(shop: Resources, tmp_path: Path) -> None:
    """The newest first; the next page begins before the last run of this one."""
    mine, other = written_group(tmp_path, CSV, "mine"), written_group(tmp_path, CSV, "other")
    runs = [exported(shop, group).run.id for group in (mine, other, mine, mine)]

    with shop.database.transaction() as connection:
        first = exports.recent(connection, 2, group="mine")
        second = exports.recent(connection, 2, group="mine", before=first[-1].run.id)
        everything = exports.recent(connection, 9)

    assert [report.run.id for report in first] == [runs[3], runs[2]]
    assert [report.run.id for report in second] == [runs[0]]
    assert [report.run.id for report in everything] == runs[::-1]
