"""Every fault of a group file is told with its line, in words, with the way out."""

from pathlib import Path

import pytest

from impex.config.findings import PROBLEM_LIMIT
from tests.unit.group_files import BRANDS, faults, group_text

COLUMN_FAULTS = {
    "{from: a, constant: b, to: x}": (
        "`from` and `constant` exclude each other. Keep the one the value comes from."
    ),
    "{from: a}": (
        "`to` is missing. The column of the target table. For example `to: display_name`."
    ),
    "{to: Name}": (
        "`to` must be the name of a database column, not `Name`. "
        "Write lower-case letters a to z, digits and _, as the database does."
    ),
    "{from: '', to: x}": "An entry of `from` must not be empty.",
    "{position: 0, to: x}": "`position` must be 1 or more, not `0`.",
    "{position: first, to: x}": "`position` must be a whole number, not `first`.",
    "{to: x, type: desimal}": (
        "`type` cannot be `desimal`. Did you mean `decimal`? "
        "Possible: text, integer, decimal, money, boolean, date, time, timestamp, json, uuid, "
        "enum."
    ),
    "{to: x, langauge: en}": "There is no option `langauge` here. Did you mean `language`?",
    "{to: x, by: code}": "There is no option `by` here. Write it under `lookup:`.",
    "{to: x, language: English}": (
        "`language` must be a language code, not `English`. For example `en`, `uk` or `pt-BR`."
    ),
    "{to: x, language: en, type: integer}": (
        "`language` does not go with type integer. Remove it, or write `type: text`."
    ),
    "{to: x, scale: 2}": (
        "`scale` does not go with type text. Remove it, or write `type: decimal` or `type: money`."
    ),
    "{to: x, format: '%d.%m.%Y'}": (
        "`format` does not go with type text. Remove it, or write `type: date` or "
        "`type: time` or `type: timestamp`."
    ),
    "{to: x, type: date, max_length: 3}": (
        "`max_length` does not go with type date. Remove it, or write `type: text`."
    ),
    "{to: x, type: date, format: '%d.%m.'}": (
        "`%d.%m.` must contain year, month and day, as in `%d.%m.%Y`."
    ),
    "{to: x, type: date, format: '%d.%d.%Y'}": "An entry of `format` contains `%d` twice.",
    "{to: x, trim: yes}": "`trim` must be true or false, not `yes`.",
    "{to: x, trim: [a]}": "`trim` must be true or false, not a list.",
    "{to: x, on_empty: default}": (
        "`on_empty: default` needs a `default`. For example `default: 1`."
    ),
    "{to: x, on_empty: keep, default: 1}": (
        "`default` and `on_empty: keep` contradict each other. Remove one of them."
    ),
    "{to: x, required: true, default: 1}": (
        "A required column is never empty: `default` has no effect. Remove one or the other."
    ),
    "{to: x, required: true, on_empty: keep}": (
        "A required column is never empty: `on_empty` has no effect. Remove one or the other."
    ),
    "{to: x, constant: 1, trim: true}": "`trim` has no effect on a constant. Remove it.",
    "{to: x, type: decimal, default: abc}": (
        "`default` must be a number with a point before the decimals, not `abc`."
    ),
    "{to: x, type: decimal, scale: 1, default: 1.25}": (
        "`default` must be a number with at most 1 digits after the point, not `1.25`."
    ),
    "{to: x, type: integer, constant: 1.5}": "`constant` must be a whole number, not `1.5`.",
    "{to: x, type: integer, constant: 9223372036854775808}": (
        "`constant` must be a whole number, not `9223372036854775808`."
    ),
    "{to: x, type: boolean, constant: perhaps}": (
        "`constant` must be one of true, false, yes, no, 1, 0, not `perhaps`."
    ),
    "{to: x, type: date, default: 31.01.2026}": (
        "`default` must be a date such as 2026-01-31, not `31.01.2026`."
    ),
    "{to: x, type: date, default: 20260131}": (
        "`default` must be a date such as 2026-01-31, not `20260131`."
    ),
    "{to: x, type: timestamp, default: today}": (
        "`default` must be a time such as 2026-01-31 12:00:00, not `today`."
    ),
    "{to: x, type: json, default: NaN}": "`default` must be JSON, not `NaN`.",
    "{to: x, type: time, default: 12}": "`default` must be a time such as 12:00, not `12`.",
    "{to: x, type: uuid, default: abc}": "`default` must be a UUID, not `abc`.",
    "{to: x, type: date, min: 31.01.2026}": (
        "`min` must be a date such as 2026-01-31, not `31.01.2026`."
    ),
    "{to: x, type: decimal, locale: de, max: '1,5'}": (
        "`max` must be a number with a point before the decimals, not `1,5`."
    ),
    "{to: x, type: decimal, min: 2, max: 1.5}": (
        "`max` `1.5` is below `min` `2`. Correct one of them."
    ),
    "{to: x, type: date, min: 2026-02-01, max: 2026-01-31}": (
        "`max` `2026-01-31` is below `min` `2026-02-01`. Correct one of them."
    ),
    "{to: x, min_length: 3, max_length: 2}": (
        "`max_length` 2 is below `min_length` 3. Correct one of them."
    ),
    "{to: x, constant: '${file}'}": (
        "`constant` cannot tell `${file}`. Did you mean `file_name`? Possible: now, today, run_id, "
        "group, package, file_name, line, uuid."
    ),
    "{to: x, constant: '${run-id}'}": (
        "`constant` cannot tell `${run-id}`. Did you mean `run_id`?"
    ),
    "{to: x, type: integer, constant: '${group}'}": (
        "`constant` must be a whole number, not `${group}`."
    ),
    "{to: x, type: date, constant: '${now}'}": (
        "`constant` must be a date such as 2026-01-31, not `${now}`."
    ),
    "{to: x, type: enum}": "`type: enum` needs `values`. For example `values: [new, used]`.",
    "{to: x, type: enum, values: {neu: new, alt: used}, default: neu}": (
        "`default` is none of the values that are written: `neu`. Did you mean `new`? "
        "Possible: new, used."
    ),
    "{to: x, type: boolean, yes: ja}": "`yes` and `no` need each other. Write both.",
    "{to: x, type: boolean, yes: Ja, no: [nein, ja]}": (
        "`ja` means true and false. Keep one of them."
    ),
    "{to: x, type: money}": (
        "`type: money` needs a `currency`, or a column for it. "
        "For example `currency: EUR` or `currency_to: currency`."
    ),
    "{to: x, type: money, currency: EUT}": (
        "`currency` names no currency that is known here: `EUT`. Did you mean"
    ),
    "{to: x, type: money, currency_to: y, default: 1}": (
        "`default` is in no currency. Add one, for example `currency: EUR`."
    ),
    "{to: x, explode: true}": '`explode` needs a `split`. For example `split: "|"`.',
    "{to: x, split: ;, type: integer}": (
        "A list becomes a JSON array of texts. Write `explode: true`, or remove `type` and `lookup`."
    ),
    "{to: x, split: ;, max_length: 3}": (
        "`max_length` does not check the elements of a list. Write `explode: true`, or remove it."
    ),
    "{to: x, split: ;, default: a}": "`default` must be JSON, not `a`.",
    "{to: x, from: [a, b]}": "Several header names need a `lookup`. Keep one of them.",
    "{to: x, from: [a, b], lookup: {table: s.t, by: c}}": (
        "`by` names 1 columns, `from` names 2. Name one header for each column of `by`."
    ),
    "{to: x, from: [a, b], default: c, lookup: {table: s.t, by: [c, d]}}": (
        "`default` does not go with several header names. Remove it, or keep one name."
    ),
    "{to: x, aliases: y, position: 2}": "`aliases` are for a single header name. Remove them.",
    "{to: x, insert_only: true, update_only: true}": (
        "`insert_only` and `update_only` exclude each other. Keep one of them."
    ),
    "{to: x, type: timestamp, timezone: Factory}": (
        "`timezone` names no place: `Factory`. For example `timezone: Europe/Berlin`."
    ),
    "{to: x, transform: prices.py:net}": "There is no file `prices.py` in ",
    "{to: x, transform: prices.net}": (
        "`transform` must be a file, a colon and a function, not `prices.net`. As in `prices.py:net`."
    ),
    "{to: x, max_length: 2, default: abc}": (
        "`default` is longer than `max_length` 2: `abc`. Shorten it."
    ),
    "{to: x, regex: '(a'}": (
        "`regex` is no regular expression: `(a`, missing ): (a. The syntax is RE2: no look-around, "
        "no back-references, at most {1000} repetitions."
    ),
    "{to: x, regex: '(a)(?=b)'}": (
        "`regex` is no regular expression: `(a)(?=b)`, invalid perl operator: (?=. The syntax is RE2: "
        "no look-around, no back-references, at most {1000} repetitions."
    ),
    "{to: x, regex: '(a)', group: 2}": "Bracket 2 does not exist; the regex has 1 bracket.",
    "{to: x, regex: 'a', template: '${1}'}": ("`${1}` does not exist; the regex has 0 brackets."),
    "{to: x, regex: '(a)', template: '${1}', group: 1}": (
        "`group` and `template` exclude each other. Keep one of them."
    ),
    "{to: x, template: '${1}'}": "`template` needs a `regex`. Add one, or remove it.",
    "{to: x, language: en, lookup: {table: shop.shop, by: code}}": (
        "A translated text cannot be looked up. Remove `lookup` or `language`."
    ),
    "{to: x, lookup: shop.shop}": (
        "`lookup` must be options such as `table: shop.brand`, not `shop.shop`."
    ),
    "{to: x, lookup: {table: shop, by: code}}": (
        "`table` must be a schema, a point and a table, not `shop`. For example `shop.brand`."
    ),
    "{to: name}": "`name` is filled twice. Keep one of the columns.",
    "{to: x, repeated: true}": (
        "`repeated` is for elements of XML documents and arrays in JSON. "
        "Write `split`, or the `format` in the layout."
    ),
    "{to: x, type: money, currency_to: name}": "`name` is filled twice. Keep one of the columns.",
    "{to: name, language: en}": (
        "`name` is filled with and without a language. Give every one of its columns a `language`."
    ),
    "[a, b]": "An entry of `columns` must be options such as `from: Price`, not a list.",
    "{to: x, from: {a: b}}": "`from` must be a list, not options.",
}

DESCRIPTOR_FAULTS = {
    "service: csv-imprt": (
        "`service` names no service that exists: `csv-imprt`. Did you mean `csv-import`? "
        "Possible: csv-import, xml-import, json-import, csv-export, xml-export, json-export, "
        "xlsx-export."
    ),
    "on_duplicate: lst": (
        "`on_duplicate` cannot be `lst`. Did you mean `last`? Possible: error, first, last."
    ),
    "delimiter: x": "There is no option `delimiter` here. Write it under `layout:`.",
    "after: brand": ("There is no descriptor `brand`. Did you mean `brands`? Possible: brands."),
    "after: brands": "A descriptor cannot come after itself. Remove it.",
    "transform: offers.py:clean": "There is no file `offers.py` in ",
    "max_rejects: many": (
        '`max_rejects` must be a number of rows or a share, not `many`. For example 10 or "5 %".'
    ),
    "max_rejects: 101 %": (
        '`max_rejects` must be a number of rows or a share, not `101 %`. For example 10 or "5 %".'
    ),
    "layout: {header: false}": (
        "`name` is a header name, but the file has no header. "
        "Give its `position`, or write `header: true`."
    ),
    "layout: {quote: ','}": (
        "`delimiter` and `quote` are the same character: `,`. Choose different ones."
    ),
}

GROUP_FAULTS = {
    "titel: x": "There is no option `titel` here. Did you mean `title`?",
    "schedule: 0 25 * * *": (
        "`schedule` has the hour `25`; possible are 0 to 23: `0 25 * * *`. "
        'For example "0 5 * * *" for every day at five, or `@hourly`.'
    ),
    "timezone: Europe/Berln": (
        "`timezone` names no time zone that is known here: `Europe/Berln`. "
        "Did you mean `Europe/Berlin`?"
    ),
    "timezone: Europe": "`timezone` names no time zone that is known here: `Europe`.",
    "tags: {a: b}": "`tags` must be a list, not options.",
    'owners: ""': "An entry of `owners` must not be empty.",
    'owners: "a\\nb"': "An entry of `owners` must be plain text in one line, not `a\\nb`.",
    "owners: anna, bob": (
        "An entry of `owners` must be one name, not `anna, bob`. Write a list: `[anna, bob]`."
    ),
    "owners: []": "`owners` must have an entry.",
    f"owners: [{', '.join('abcdefghijklmnop')}]": (
        "`owners` has 16 names; at most 15 are possible."
    ),
    "owner: anna": "There is no option `owner` here. Did you mean `owners`?",
    "scope: {column: shop_id}": "`value` is missing. What it holds in the rows of the group;",
    "scope: {value: SHOP10}": (
        "`column` is missing. A column that every table of the group has. "
        "For example `column: shop_code`."
    ),
    "scope: {shop_id: SHOP10, column: a, value: b}": "There is no option `shop_id` here.",
    "scope: {column: Shop, value: b}": (
        "`column` must be the name of a database column, not `Shop`."
    ),
    "scope: {column: shop_id, value: ''}": "`value` must not be empty.",
    "scope: SHOP10": "`scope` must be options such as `column: shop_code`, not `SHOP10`.",
    "max_parallel: 0": "`max_parallel` must be 1 or more, not `0`.",
    "max_parallel: many": "`max_parallel` must be a whole number, not `many`.",
    "pool: ''": "`pool` must not be empty.",
    "schedule: 0 5 * * *\ndag: false": (
        "`schedule` has no effect with `dag: false`. Remove one of them."
    ),
    "arrival: {on_arrival: true}\ndag: false": "`on_arrival` has no effect with `dag: false`.",
    "layout: {encoding: utf-88}": "`encoding` names no encoding that is known here: `utf-88`.",
    "layout: {encoding: punycode}": "`encoding` names no encoding that is known here: `punycode`.",
    "layout: {delimiter: \\t}": '`delimiter` must be one character. Write a tab in double quotes: "\\t".',
    "layout: {delimiter: ';;'}": "`delimiter` must be one ASCII character, not `;;`.",
    "layout: {delimiter: \\, escape: backslash}": (
        "`delimiter` and `escape` are the same character: `\\`. Choose different ones."
    ),
    "layout:": "`layout` has no value. Fill it in or remove the line; an empty text is written ''.",
    "api_key: 12345": (
        "`api_key`: secrets do not belong into YAML. Remove it and use an Airflow connection."
    ),
}


@pytest.mark.parametrize(("column", "fault"), COLUMN_FAULTS.items())
def test_a_fault_of_a_column_is_told(tmp_path: Path, column: str, fault: str) -> None:
    """One fault, one problem, at the line of the column."""
    (found,) = faults(tmp_path, group_text(column=column))

    assert found.startswith(f"9: {fault}")


@pytest.mark.parametrize(("option", "fault"), DESCRIPTOR_FAULTS.items())
def test_a_fault_of_a_descriptor_is_told(tmp_path: Path, option: str, fault: str) -> None:
    """Each option says what it takes instead."""
    text = group_text(column="{to: x, position: 2}", descriptor=option)

    (found,) = faults(tmp_path, text)

    line = 8 if "header" in option else 10
    assert found.startswith(f"{line}: {fault}")


@pytest.mark.parametrize(("option", "fault"), GROUP_FAULTS.items())
def test_a_fault_of_the_group_is_told(tmp_path: Path, option: str, fault: str) -> None:
    """Each option says what it takes instead."""
    (found,) = faults(tmp_path, group_text(group=option))

    assert found.startswith(f"11: {fault}")


@pytest.mark.parametrize("word", ["on_empty: keep", "on_empty: clear", "default: a"])
def test_a_key_is_never_empty(tmp_path: Path, word: str) -> None:
    """A policy for empty cells contradicts the key."""
    text = BRANDS.replace("- name\n", f"- {{to: name, {word}}}\n")

    option = word.partition(":")[0]
    assert faults(tmp_path, text) == [
        f"8: The key column `name` cannot be empty. Remove `{option}`."
    ]


@pytest.mark.parametrize(
    ("column", "line", "fault"),
    [
        ("{to: name, language: en}", 8, "The key column `name` cannot be a translated text."),
        ("{to: name, required: false}", 8, "The key column `name` is always required."),
        (
            "{to: name, lookup: {table: shop.x, by: y, on_missing: null}}",
            8,
            "The key column `name` cannot be empty, but its lookup may make it so.",
        ),
        ("nam", 6, "The key column `name` is not among the columns. Did you mean `nam`?"),
    ],
)
def test_a_key_column_is_plain_and_present(
    tmp_path: Path, column: str, line: int, fault: str
) -> None:
    """What could make a key ambiguous or empty is refused."""
    (found,) = faults(tmp_path, BRANDS.replace("- name\n", f"- {column}\n"))

    assert found.startswith(f"{line}: {fault}")


def test_a_key_names_a_column_once(tmp_path: Path) -> None:
    """A key of two equal parts is a slip."""
    text = BRANDS.replace("key: name", "key: [name, name]")

    assert faults(tmp_path, text) == ["6: The key names `name` twice. Keep one of them."]


def test_a_limit_needs_a_policy_that_uses_it(tmp_path: Path) -> None:
    """A file that is rejected for one bad row needs no limit; the group's limit does not matter."""
    strict = "on_error: reject_file"

    assert faults(tmp_path, group_text(descriptor=f"{strict}\nmax_rejects: 3")) == [
        "11: `max_rejects` has no effect with `on_error: reject_file`. Remove one of them."
    ]
    assert faults(tmp_path, group_text(descriptor=strict, group="max_rejects: 3")) == []


def test_two_descriptors_may_share_a_table_but_no_name(tmp_path: Path) -> None:
    """Reports tell descriptors by their names."""
    second = BRANDS.partition("descriptors:\n")[2]

    assert faults(tmp_path, BRANDS + second) == [
        "9: Two descriptors have the name `brands`. Rename one of them."
    ]
    assert faults(tmp_path, BRANDS + second.replace("name: brands", "name: more")) == []


def test_descriptors_that_wait_for_each_other_are_named(tmp_path: Path) -> None:
    """A cycle of lookups and ``after`` is told from the first descriptor on."""
    text = """\
        descriptors:
          - {name: x, files: x, table: s.x, key: a, columns: [a]}
          - name: a
            files: a
            table: s.a
            key: a
            columns: [a, {to: c_id, lookup: {table: s.c, by: c}}]
          - {name: b, files: b, table: s.b, key: a, after: [x, a], columns: [a]}
          - {name: c, files: c, table: s.c, key: a, after: b, columns: [a]}
        """

    (found,) = faults(tmp_path, text)

    assert found.startswith("7: Descriptors wait for each other: `a` → `c` → `b` → `a`. Remove")


def test_all_faults_are_told_at_once_in_file_order(tmp_path: Path) -> None:
    """Faults of the YAML, of single options and between options do not hide each other."""
    text = """\
        title: A
        title: B
        password: hunter2
        tags: &all [a]
        descriptors:
          - name: brands
            files: brands*.csv
            table: brand
            key: [name, code]
            columns:
              - {to: name, type: desimal}
              - {to: name}
              - {to: x, constant: a, type: integer}
          - name: names
            files: names.csv
            table: shop.name
            key: naem
            after: brnds
            columns: [name]
        """

    found = faults(tmp_path, text)

    assert [int(fault.partition(":")[0]) for fault in found] == [2, 3, 4, 8, 9, 11, 12, 13, 17, 18]
    assert "hunter2" not in "".join(found)


def test_a_fault_in_one_place_does_not_raise_false_alarms_elsewhere(tmp_path: Path) -> None:
    """A broken column still counts as a column, a broken descriptor as a descriptor."""
    text = """\
        descriptors:
          - name: brands
            files: brands.csv
            table: shop
            key: name
            columns: [{to: name, type: x}]
          - {name: names, files: a.csv, table: shop.name, key: name, columns: [name], after: brands}
          - {files: b.csv, table: shop.other, key: name, columns: [name], after: unknown}
        """

    found = faults(tmp_path, text)

    assert [int(fault.partition(":")[0]) for fault in found] == [4, 6, 8]
    assert found[2].startswith("8: `name` is missing.")


def test_a_flood_of_faults_is_cut(tmp_path: Path) -> None:
    """A page of a thousand faults helps nobody."""
    text = BRANDS + "      - {}\n" * 1000

    found = faults(tmp_path, text)

    assert len(found) == PROBLEM_LIMIT + 1
    assert "900 more problems are not shown. Mend these first." in found[-1]


@pytest.mark.parametrize("mask", ["inbox/brands.csv", "..\\brands.csv"])
def test_a_mask_has_no_folder(tmp_path: Path, mask: str) -> None:
    """Files are matched by their names alone."""
    (found,) = faults(tmp_path, BRANDS.replace("brands*.csv", mask))

    assert found.startswith("4: An entry of `files` is matched with file names only, and")


def test_an_option_without_a_value_is_not_told_as_missing_too(tmp_path: Path) -> None:
    """One fault, one problem."""
    (found,) = faults(tmp_path, BRANDS.replace("shop.brand", ""))

    assert found.startswith("5: `table` has no value.")


def test_a_broken_regex_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The library's own complaint on the terminal is silenced."""
    faults(tmp_path, group_text(column="{to: x, regex: '(b'}"))

    assert capfd.readouterr().err == ""
