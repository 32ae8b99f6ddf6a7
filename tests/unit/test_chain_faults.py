"""Exporters that make no chain together are told so, each in its own file."""

from pathlib import Path

import pytest

from tests.exporters import faults

TABLE = "target: {table: {name: erp.incoming}}\nformat: {group: orders, export: lines}\n"


def one(flag: str, *options: str) -> str:
    """Return the text of an exporter, its options from the second line on."""
    return "\n".join([f"flag: {flag}", *options, TABLE])


def file(flag: str, name: str, *options: str) -> str:
    """Return the text of an exporter that writes files; their name is in the second line."""
    target = f'target: {{file: {{place: a/b, name: "{name}"}}}}'
    return "\n".join([f"flag: {flag}", target, "format: {group: orders, export: lines}", *options])


def test_a_flag_that_nothing_raises_is_told_with_the_nearest(tmp_path: Path) -> None:
    """Of the life cycle, or of an exporter; also where the exporter that raises it is broken."""
    told = faults(
        tmp_path,
        broken=one("INITPAID", "next_flag: AUDIT", "titel: x"),
        machine=one("INITPAD"),
        other=one("AUDTI"),
        right=one("AUDIT"),
    )

    assert told == [
        "broken:3: There is no option `titel` here. Did you mean `title`?",
        (
            "machine:1: Nothing raises the flag `INITPAD`. Did you mean `INITPAID`? "
            "Possible: INITPAID, DELIVERY, CANCELLED, RETURNED, AUDIT."
        ),
        (
            "other:1: Nothing raises the flag `AUDTI`. Did you mean `AUDIT`? "
            "Possible: INITPAID, DELIVERY, CANCELLED, RETURNED, AUDIT."
        ),
    ]


def test_a_next_flag_that_nobody_takes_leads_nowhere(tmp_path: Path) -> None:
    """It is a typing error, or an exporter is missing."""
    told = faults(
        tmp_path,
        first=one("INITPAID", "next_flag: AUDIT"),
        second=one("CANCELLED", "next_flag: AUDITS"),
        taker=one("AUDIT"),
    )
    alone = faults(tmp_path, first=one("INITPAID"), second=one("CANCELLED", "next_flag: X"),
                   taker=one("DELIVERY"))  # fmt: skip

    assert told == [
        "second:2: No exporter takes the flag `AUDITS`. Did you mean `AUDIT`? Possible: AUDIT."
    ]
    assert alone == [
        "second:2: No exporter takes the flag `X`. Write an exporter of it, or remove it."
    ]


def test_an_exporter_does_not_speak_for_the_life_cycle(tmp_path: Path) -> None:
    """That an order is paid or cancelled is no consequence of a mail."""
    assert faults(tmp_path, first=one("INITPAID", "next_flag: CANCELLED")) == [
        (
            "first:2: `CANCELLED` is what the life cycle says of an order. "
            "Give the flag that follows a name of its own."
        )
    ]


def test_a_loop_is_told_with_its_way_in_each_of_its_files(tmp_path: Path) -> None:
    """What leads into it is right in itself."""
    told = faults(
        tmp_path,
        a=one("X", "next_flag: Y"),
        b=one("Y", "next_flag: X"),
        c=one("Z", "next_flag: Z"),
        start=one("INITPAID", "next_flag: X"),
    )

    assert [fault.partition(" Name ")[0] for fault in told] == [
        "a:2: The flags lead back to where they came from: X → a → Y → b → X.",
        "b:2: The flags lead back to where they came from: Y → b → X → a → Y.",
        "c:2: The flags lead back to where they came from: Z → c → Z.",
    ]


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        ([], [], False),
        ([], ["when: {shop: S1}"], False),
        (["when: {shop: [S1, S2]}"], ["when: {shop: S1, country: DE}"], False),
        (["when: {total: {from: 10}}"], ["when: {total: {from: 20, below: 30}}"], False),
        (["when: {shop: S1}"], [], True),
        (["when: {shop: S1}"], ["when: {shop: [S1, S2]}"], True),
        (["when: {total: {from: 10, below: 25}}"], ["when: {total: {from: 20}}"], True),
        (["enabled: false"], [], True),
    ],
)
def test_an_exporter_behind_one_that_takes_all_of_it_is_told(
    tmp_path: Path, first: list[str], second: list[str], reached: bool
) -> None:
    """It would never take anything; one that is switched off takes nothing away."""
    told = faults(
        tmp_path,
        first=one("INITPAID", "priority: 10", *first),
        second=one("INITPAID", "priority: 20", *second),
    )

    expected = (
        "second:2: Nothing ever comes here: all of it is taken before, by `first`. "
        "Give it a smaller `priority`, or the other one more conditions in `when`."
    )
    assert told == ([] if reached else [expected])


@pytest.mark.parametrize(
    ("first", "second", "clear"),
    [
        ([], [], False),
        (["when: {shop: S1}"], ["when: {country: DE}"], False),
        (["when: {total: {below: 11}}"], ["when: {total: {from: 10}}"], False),
        (["when: {shop: S1}"], ["when: {shop: S2}"], True),
        (["when: {total: {below: 10}}"], ["when: {total: {from: 10}}"], True),
        (["enabled: false"], [], True),
        (["when: {shop: S1}", "priority: 99"], ["when: {country: DE}"], True),
    ],
)
def test_two_that_may_take_the_same_need_different_priorities(
    tmp_path: Path, first: list[str], second: list[str], clear: bool
) -> None:
    """Unless their conditions exclude each other."""
    told = faults(tmp_path, first=one("INITPAID", *first), second=one("INITPAID", *second))

    rest = (
        "may take the same with the same priority 100. "
        "Give them different ones, or conditions in `when` that exclude each other."
    )
    expected = [f"first:1: `second` {rest}", f"second:1: `first` {rest}"]
    assert told == ([] if clear else expected)


def test_exporters_of_different_flags_are_not_in_each_others_way(tmp_path: Path) -> None:
    """Whatever their priorities."""
    assert faults(tmp_path, first=one("INITPAID"), second=one("CANCELLED")) == []


@pytest.mark.parametrize(
    ("flags", "name", "more", "apart"),
    [
        (("INITPAID", "INITPAID"), "{order}-{seq}", [], False),
        (("INITPAID", "INITPAID"), "{order}-{seq}-{supplier}", ["split: supplier"], False),
        (("INITPAID", "INITPAID"), "{order}-{seq}-{exporter}", [], True),
        (("INITPAID", "INITPAID"), "{order}-{seq}-{delivery}", ["split: delivery"], True),
        (("INITPAID", "CANCELLED"), "{order}-{seq}", [], True),
        (("INITPAID", "CANCELLED"), "{run}", ["batch: per_run"], False),
        (("INITPAID", "CANCELLED"), "{flag}-{run}", ["batch: per_run"], True),
    ],
)
def test_two_exporters_write_files_of_different_names(
    tmp_path: Path, flags: tuple[str, str], name: str, more: list[str], apart: bool
) -> None:
    """In one place one would replace the other's, as the deliveries of an order may be shared."""
    first, second = flags
    told = faults(
        tmp_path,
        first=file(first, name, "when: {supplier: A}", *more),
        second=file(second, name, "when: {supplier: B}", *more),
    )

    rest = "may write files of the same names into the same place. Write {exporter} in `name`."
    expected = [f"first:2: `second` {rest}", f"second:2: `first` {rest}"]
    assert told == ([] if apart else expected)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Those of a file, and those of the chain; a file that is no YAML hides none."""
    told = faults(
        tmp_path,
        a="flag: [\n",
        b=one("INITPAD", "titel: x", "next_flag: Y"),
        c=one("RETURNED", "next_flag: RETURNED"),
    )

    assert [fault.partition(" ")[0] for fault in told] == ["a:2:", "b:1:", "b:2:", "b:3:",
                                                           "c:2:", "c:2:"]  # fmt: skip
