"""Every fault of an exporter's file is told with its line, in words, with the way out."""

from pathlib import Path

import pytest

from tests.exporters import SMALL, faults

FAULTS = {
    "titel: x": "4: There is no option `titel` here. Did you mean `title`?",
    "enabled: no": "4: `enabled` must be true or false, not `no`.",
    "next_flag: later": (
        "4: `next_flag` must be the name of a flag, not `later`. "
        "At most 40 of A to Z, 0 to 9 and _: `EMAILNOTIFY`."
    ),
    f"next_flag: A{'B' * 40}": "4: `next_flag` must be the name of a flag",
    "priority: high": "4: `priority` must be a whole number, not `high`.",
    "priority: -1": "4: `priority` must be 0 or more, not `-1`.",
    "when: {shop: []}": "4: `shop` must have an entry.",
    "when: {status: [in_progres]}": (
        "4: An entry of `status` cannot be `in_progres`. Did you mean `in_progress`?"
    ),
    "when: {delivery_status: shiped}": "Did you mean `shipped`?",
    "when: {delivery_group: normal}": "Possible: standard, preorder, backorder, electronic, mixed.",
    "when: {payment: onlin}": "Did you mean `online`?",
    "when: {country: Germany}": "4: An entry of `country` must be the code of a country",
    "when: {currency: euro}": "4: An entry of `currency` must be the code of a currency",
    "when: {supplier: A B}": "4: An entry of `supplier` must be the code of a supplier",
    "when: {total: 100}": "4: `total` must be options such as `from: 100`, not `100`.",
    "when: {total: {from: 1e3}}": "4: `from` must be an amount of money, not `1e3`.",
    "when: {total: {}}": "4: `total` has no limit. Write `from` or `below`.",
    "when: {total: {from: 5, below: 5}}": "4: `total` holds no amount: `below` must be larger",
    "when: {shops: S1}": "4: There is no option `shops` here. Did you mean `shop`?",
    "split: line": "4: `split` cannot be `line`.",
    "batch: per_day": "4: `batch` cannot be `per_day`.",
    "approval: requird": "4: `approval` must be options such as `per: batch`, not `requird`.",
    "approval: {default: reject}": (
        "4: `default: reject` needs `after`. For example `after: 3 days`."
    ),
    "approval: {after: 3 days}": (
        "4: `after` has no effect without `default: reject`. Write it, or remove `after`."
    ),
    "approval: {default: reject, after: 1 day, remind: 24 hours}": (
        "4: `remind` must be shorter than `after`, when it is too late."
    ),
    "retry: {attempts: 101}": "4: `attempts` must be 100 or less, not `101`.",
    "retry: {first: 2 hours}": "4: `first` must not be longer than `longest`.",
    "retry: {first: 30}": "4: `first` must be a duration, not `30`. Write a number and seconds",
    "rate: 0": "4: `rate` must be 1 or more, not `0`.",
    "acknowledge_within: soon": "4: `acknowledge_within` must be a duration, not `soon`.",
    "secret: abc": (
        "4: `secret`: secrets do not belong into YAML. Remove it and use an Airflow connection."
    ),
}

TARGETS = {
    "{}": "1: `target` must have one of these options: file, email, http, table, python, manual.",
    "{manual: true, table: {name: a.b}}": "1: `target` must have one of these options",
    "{manual: false}": "1: `target` must have one of these options",
    "{table: {name: incoming}}": "1: `name` must be a schema, a point and a table",
    "{python: warehouse.py:Terminal}": "1: There is no file `warehouse.py` in ",
    "{http: {path: /orders}}": "1: `connection` is missing.",
    "{http: {connection: c, path: orders}}": "1: `path` must be the path of a web address",
    "{http: {connection: c, path: 'https://x/y'}}": "1: `path` must be the path of a web address",
    "{http: {connection: c, path: /o, method: post}}": "Did you mean `POST`?",
    "{http: {connection: c, path: /o, timeout: 61 s}}": "1: `timeout` must be from 10 to 60 seconds.",
    "{http: {connection: c, path: /o, timeout: 9 s}}": "1: `timeout` must be from 10 to 60 seconds.",
    "{http: {connection: c, path: /o, probe: /o}}": "1: `probe` must be a path with one {key}",
    "{email: {connection: c, sender: a@b, subject: x}}": "1: Nobody gets these mails.",
    "{email: {connection: c, sender: ab, to: c@d, subject: x}}": (
        "1: `sender` must be an e-mail address, with or without a name, not `ab`."
    ),
    '{email: {connection: c, sender: "a@b\\nBcc: x@y", to: c@d, subject: x}}': "1: `sender` must",
    "{email: {connection: c, sender: a@b, to: [c], subject: x}}": (
        "1: An entry of `to` must be an e-mail address, not `c`."
    ),
    '{email: {connection: c, sender: a@b, to: c@d, subject: "x\\ny"}}': (
        "1: `subject` must be plain text in one line"
    ),
    '{email: {connection: c, sender: a@b, to: c@d, subject: "{odrer}"}}': (
        "1: The messages of this exporter have no {odrer}. Did you mean `order`?"
    ),
    '{email: {connection: c, sender: a@b, to: c@d, subject: "a {"}}': (
        "1: `subject` has a brace that belongs to no name."
    ),
    "{email: {connection: c, sender: a@b, subject: x, suppliers: {A: e@f}}}": (
        "1: `suppliers` needs messages that are about one supplier. "
        "Write `split: supplier` or `split: delivery`."
    ),
    "{email: {connection: c, sender: a@b, subject: x, suppliers: {A: []}}}": "must have an entry",
    "{email: {connection: c, sender: a@b, subject: x, suppliers: {A B: e@f}}}": (
        "1: `suppliers` has the code of a supplier that is none: `A B`."
    ),
    "{file: {place: 'sftp://u:p@host/x', name: '{order}-{seq}'}}": (
        "1: `place` must not hold a password."
    ),
}

NAMES = {
    "{order}.csv": "Two messages could get one name: `name` has no {seq}. Write {seq} in it.",
    "{seq}.csv": "Two messages could get one name: `name` has no {order}. Write {order} in it.",
    "{order}{seq}.csv": (
        "Two messages could get one name: nothing stands between two fields of `name`. "
        "For example `{order}-{seq}.csv`."
    ),
    "{order}-{seqq}.csv": (
        "The messages of this exporter have no {seqq}. Did you mean `seq`? "
        "Possible: order, seq, exporter, flag, run, date."
    ),
    "{order}-{seq}-{delivery}.csv": "The messages of this exporter have no {delivery}.",
    "/x/{order}-{seq}.csv": "`name` must be a plain file name without folders.",
    "../{order}-{seq}.csv": "`name` must be a plain file name without folders.",
    "{order}-{seq}-{date:%Y/%m}.csv": "`name` must be a plain file name without folders.",
    "{order}-{seq}{.csv": "`name` has a brace that belongs to no name.",
    "{order}-{seq:3}.csv": "`name` gives a form to {seq}; only {date:…} has one.",
}


def test_a_small_exporter_has_no_fault(tmp_path: Path) -> None:
    """The others differ from it by one line."""
    assert faults(tmp_path, one=SMALL) == []


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_is_told_with_its_line_and_the_way_out(tmp_path: Path, line: str) -> None:
    """What is wrong, and what to write instead."""
    (told,) = faults(tmp_path, one=f"{SMALL}{line}\n")

    assert told.startswith("one:4: ")
    assert FAULTS[line] in told


@pytest.mark.parametrize("target", TARGETS)
def test_a_fault_of_a_target_is_told(tmp_path: Path, target: str) -> None:
    """There is exactly one, and it says how it is reached."""
    text = f"target: {target}\nflag: INITPAID\nformat: {{group: orders, export: lines}}\n"

    told = faults(tmp_path, one=text)

    assert any(TARGETS[target] in fault for fault in told)
    assert all(fault.startswith("one:1: ") for fault in told if "manual" not in target)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_two_messages_could_have_is_refused(tmp_path: Path, name: str) -> None:
    """Nor may it lead anywhere else, or name what is not known."""
    text = f"""\
    flag: INITPAID
    format: {{group: orders, export: lines}}
    target:
      file:
        place: exports/orders
        name: "{name}"
    """

    assert faults(tmp_path, one=text)[0].startswith(f"one:6: {NAMES[name]}")


@pytest.mark.parametrize(
    ("more", "name", "missing"),
    [
        ("split: delivery", "{order}-{seq}.csv", "{delivery}"),
        ("split: supplier", "{order}-{seq}.csv", "{supplier}"),
        ("batch: per_run", "{date}.csv", "{run}"),
        ("split: delivery", "{order}-{seq}-{delivery}-{supplier}.csv", ""),
        ("split: supplier", "{order}-{seq}-{supplier}-{exporter}.csv", ""),
        ("batch: per_run", "{flag}-{run}-{date:%Y%m%d}.csv", ""),
    ],
)
def test_a_name_has_what_tells_its_messages_apart(
    tmp_path: Path, more: str, name: str, missing: str
) -> None:
    """By what there is one message for."""
    text = f"{SMALL}{more}\n".replace(
        "{table: {name: erp.incoming}}", f'{{file: {{place: a/b, name: "{name}"}}}}'
    )

    told = faults(tmp_path, one=text)

    assert [f"`name` has no {missing}." in fault for fault in told] == [True] * bool(missing)


def test_what_a_run_has_in_one_message_is_of_no_order(tmp_path: Path) -> None:
    """Neither in names nor in subjects."""
    text = SMALL.replace(
        "{table: {name: erp.incoming}}", '{file: {place: a/b, name: "{run}-{order}.csv"}}'
    )

    assert faults(tmp_path, one=text + "batch: per_run\n") == [
        (
            "one:2: The messages of this exporter have no {order}. Did you mean `exporter`? "
            "Possible: exporter, flag, run, date."
        )
    ]


def test_options_of_messages_have_no_effect_where_nothing_is_sent(tmp_path: Path) -> None:
    """Each is told, and what comes after a manual state must be said."""
    told = faults(
        tmp_path,
        one="""\
        flag: INITPAID
        target:
          manual: true
        format: {group: orders, export: lines}
        split: order
        batch: per_run
        retry: {attempts: 1}
        rate: 5
        acknowledge_within: 1 day
        """,
    )

    assert told == [
        "one:3: `manual` without `next_flag` leads nowhere. Write `next_flag`.",
        *(
            f"one:{line}: `{option}` has no effect with `manual`: nothing is sent. Remove it."
            for line, option in enumerate(
                ("format", "split", "batch", "retry", "rate", "acknowledge_within"), 4
            )
        ),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "one:2: `format` is missing: what do the messages say?"),
        ("format: {}", "one:3: `format` must have `template` alone, or `group` and `export`."),
        ("format: {group: a}", "one:3: `format` must have `template` alone"),
        ("format: {group: a, export: b, template: good.txt}", "one:3: `format` must have"),
        ("format: {group: A b, export: b}", "one:3: `group` must be a short name"),
        ("format: {template: ../x.txt}", "one:3: `template` must be the name of a file"),
        ("format: {template: x.exe}", "one:3: `template` must be the name of a file"),
        ("format: {template: god.txt}", "Did you mean `good.txt`?"),
        ("format: {template: good.txt}", ""),
    ],
)
def test_messages_say_what_an_export_or_a_template_says(
    tmp_path: Path, text: str, fault: str
) -> None:
    """Templates must exist; of exports the names are checked by their form."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "good.txt").write_text("x")

    told = faults(tmp_path, one=f"flag: INITPAID\ntarget: {{table: {{name: a.b}}}}\n{text}\n")

    assert [fault in line for line in told] == [True] * bool(fault)


EXPORTS = """\
descriptors:
  - name: lines
    direction: export
    layout: {format: xml, record: /lines/line}
    table: orders.export_line
    export: {file: "lines.xml"}
    columns: [{from: "@no", to: line_id}]
  - name: parts
    direction: export
    layout: {format: xml, record: /lines/line/part}
    table: demo.part
    export: {file: "lines.xml"}
    columns: [{from: "../@no", to: line_id}, name]
  - name: newest
    direction: export
    table: orders.export_line
    key: line_id
    export: {file: newest.csv, changed_rows: true}
    columns: [sku, {to: name, transform: "words.py:loud"}]
  - name: one
    direction: export
    table: orders.export_line
    export: {file: "{part}.csv", split_rows: 1}
    columns: [sku]
"""


@pytest.mark.parametrize(
    ("format_", "told"),
    [
        ("{group: fed, export: lines}", "one:3: There is no group `fed`. Did you mean `feed`?"),
        (
            "{group: feed, export: line}",
            "one:3: The group `feed` has no export `line`. Did you mean",
        ),
        ("{group: feed, export: parts}", "one:3: `parts` writes what stands within `lines`. "),
        ("{group: feed, export: newest}", "one:3: `newest` leaves out what was published before"),
        ("{group: feed, export: newest}", "one:3: `newest` has a `transform`, which is not called"),
        ("{group: other, export: lines}", "one:3: The group `other` has a database of its own"),
        (
            "{group: broken, export: x}",
            "one:3: The group `broken` has faults. `python -m impex lint`",
        ),
        (
            "{group: feed, export: one}\nbatch: per_run",
            "one:4: `feed/one` has `split_rows`: all of",
        ),
    ],
)
def test_an_export_that_makes_no_message_is_told(tmp_path: Path, format_: str, told: str) -> None:
    """With the nearest name, before anything is sent; only the group that is named is read."""
    groups = tmp_path / "groups"
    groups.mkdir()
    (groups / "feed.yaml").write_text(EXPORTS)
    (groups / "other.yaml").write_text(f"connection: erp\n{EXPORTS}")
    (groups / "broken.yaml").write_text("titel: x\n")
    (tmp_path / "transforms").mkdir()
    (tmp_path / "transforms" / "words.py").write_text("def loud(cells): ...\n")

    found = faults(
        tmp_path, one=f"flag: INITPAID\ntarget: {{table: {{name: a.b}}}}\nformat: {format_}\n"
    )

    assert any(line.startswith(told) for line in found), found


def test_an_export_may_be_a_message(tmp_path: Path) -> None:
    """Of a group without faults; what is wrong with others does not matter."""
    groups = tmp_path / "groups"
    groups.mkdir()
    (groups / "broken.yaml").write_text("titel: x\n")
    text = "flag: INITPAID\ntarget: {table: {name: a.b}}\nformat: {group: orders, export: lines}\n"

    assert faults(tmp_path, one=text) == []


def test_split_has_no_effect_on_one_message_of_a_run(tmp_path: Path) -> None:
    """Even where it says what would be without it."""
    assert faults(tmp_path, one=f"{SMALL}batch: per_run\nsplit: order\n") == [
        (
            "one:5: `split` has no effect with `batch: per_run`, which makes one message of all. "
            "Remove one of them."
        )
    ]


def test_a_supplier_without_address_cannot_be_named(tmp_path: Path) -> None:
    """Its mails would go to nobody."""
    mail = "{email: {connection: m, sender: a@b, subject: x, suppliers: {ACME: c@d}}}"

    told = faults(
        tmp_path,
        one=f"""\
        flag: INITPAID
        split: supplier
        when:
          supplier:
            - ACME
            - ACNE
        target: {mail}
        format: {{group: orders, export: lines}}
        """,
    )

    assert told == [
        (
            "one:6: `suppliers` has no address of `ACNE`, which is taken. "
            "Did you mean `ACME`? Possible: ACME."
        )
    ]


def test_the_class_of_a_target_must_exist(tmp_path: Path) -> None:
    """With the nearest name."""
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "warehouse.py").write_text("class Terminal: ...\n")
    text = SMALL.replace("{table: {name: erp.incoming}}", "{python: warehouse.py:Terminl}")

    assert faults(tmp_path, one=text) == [
        (
            "one:2: `warehouse.py` does not define `Terminl`. "
            "Did you mean `Terminal`? Possible: Terminal."
        )
    ]


def test_the_name_of_a_file_can_name_an_exporter(tmp_path: Path) -> None:
    """It stands in tables and in the names of tasks."""
    assert "can name no exporter" in faults(tmp_path, Mails=SMALL)[0]
