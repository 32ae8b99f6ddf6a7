"""Messages become files with safe names, and no two messages get the same."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.errors import DataError
from impex.domain.file_name import is_safe
from impex.files.keys import key_fault
from orders.domain.exporter import Batch, Split
from orders.services.message_names import message_name
from tests.exporters import exporter
from tests.messages import NOON, part

PER_DELIVERY = exporter("erp", split=Split.DELIVERY)
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
PATTERNS = (
    "{order}-{seq}-{delivery}.csv",
    "{order}.{seq}.{delivery}",
    "{seq}-{delivery}-{order}-{supplier}.csv",
    "{delivery}0{order}1{seq}",
    "{order}-{date:%Y}-{delivery}-{seq}.csv",
    "{supplier}~{order}~{delivery}_{seq}",
    "{order}-{exporter}-{delivery}-{flag}-{seq}-{run}-{date}",
)


def name(pattern: str, order: str, seq: int = 1, moment: datetime = NOON, **changed: str) -> str:
    """Return the name of a file of run 7."""
    return message_name(pattern, part(PER_DELIVERY, order, seq, **changed), 7, moment)


@pytest.mark.parametrize(
    ("order", "written"),
    [
        ("2026-00017", "2026-00017-1.csv"),
        ("2026/00017", "2026%2F00017-1.csv"),
        ("../../etc/passwd", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd-1.csv"),
        (".hidden", "%2Ehidden-1.csv"),
        ("-rf", "%2Drf-1.csv"),
        ("a b\r\nc", "a%20b%0D%0Ac-1.csv"),
        ("100%", "100%25-1.csv"),
        ("Nº 5", "N%C2%BA%205-1.csv"),
        ("nul", "%6Eul-1.csv"),
        ("x.part", "x%2Epart-1.csv"),
    ],
)
def test_what_cannot_stand_in_a_name_is_written_as_in_a_url(order: str, written: str) -> None:
    """Common numbers stay as they are."""
    assert name("{order}-{seq}.csv", order) == written


def test_all_fields_can_be_used() -> None:
    """As the page about exporters lists them."""
    pattern = "{order}_{seq}_{supplier}_{delivery}_{flag}_{exporter}_{run}_{date:%Y-%m-%d}"

    assert name(pattern, "O1", 3) == "O1_3_ACME_O1-1_INITPAID_erp_7_2026-11-01"


def test_two_messages_of_one_run_about_several_orders_have_two_names() -> None:
    """What is approved piece by piece is sent so; the number of the first item tells them apart."""
    about = part(exporter("erp", batch=Batch.PER_RUN))
    later = replace(about, items=tuple(replace(item, id=item.id + 1) for item in about.items))

    names = {message_name("{exporter}-{run}.csv", each, 7, NOON) for each in (about, later)}

    assert names == {f"erp-{about.first.id}.csv", f"erp-{later.first.id}.csv"}


def test_a_long_number_is_shortened_and_told_from_others_by_a_digest() -> None:
    """Names of files have an end."""
    names = {name("{order}-{seq}.csv", "9" * 300 + end) for end in "ab"}
    forged = {name("{order}-{seq}.csv", each.removesuffix("-1.csv")) for each in names}

    assert len(names | forged) == 4
    assert all(re.fullmatch(r"9{24}~[0-9a-f]{20}-1\.csv", each) for each in names)


def test_numbers_that_would_read_like_others_get_a_digest() -> None:
    """A-B-C is order A and delivery B-C, or order A-B and delivery C."""
    pattern = "{order}-{delivery}-{seq}.csv"

    assert name(pattern, "A", delivery="B") == "A-B-1.csv"
    assert re.fullmatch(r"A~[0-9a-f]{20}-B-C-1\.csv", name(pattern, "A", delivery="B-C"))
    assert re.fullmatch(r"A-B~[0-9a-f]{20}-C-1\.csv", name(pattern, "A-B", delivery="C"))


def test_a_pattern_that_leaves_no_room_is_refused() -> None:
    """With what to do."""
    with pytest.raises(DataError, match="write less into its pattern"):
        name("x" * 190 + "{order}-{seq}", "2026-00017")


@given(
    st.sampled_from(PATTERNS),
    st.text(min_size=1, max_size=300),
    st.text(max_size=60),
    st.text(max_size=60),
)
@example("{order}.{seq}.{delivery}", "CON", "", "")
def test_a_name_is_one_file_of_one_folder(
    pattern: str, order: str, supplier: str, delivery: str
) -> None:
    """Whatever the numbers are: of ASCII, not hidden, no option, no device, and no way out."""
    made = name(pattern, order, supplier=supplier, delivery=delivery)

    assert is_safe(made)
    assert made.isascii()
    assert PurePosixPath(made).name == made
    assert key_fault(made) == ""
    assert not DEVICES.fullmatch(made)
    assert made == name(pattern, order, supplier=supplier, delivery=delivery)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_short_numbers_never_make_one_name(pattern: str) -> None:
    """All of two characters that can be made of what stands between the fields."""
    between = sorted({*re.sub(r"\{[^}]*\}", "", pattern)} - {*".csv"} | {*"1A"})
    numbers = ["".join(each) for n in (1, 2) for each in product(between, repeat=n)]

    names = [
        name(pattern, order, seq, delivery=delivery)
        for order, delivery, seq in product(numbers, numbers, (1, 10, 11))
    ]

    assert len(set(names)) == len(names)


NUMBERS = st.text("A-1~0._%é2", max_size=5)
YEARS = st.integers(0, 3).map(lambda years: NOON + timedelta(days=366 * years))
NUMBERED = st.tuples(NUMBERS.filter(bool), NUMBERS, st.sampled_from((1, 2, 10, 11)), YEARS)


@given(st.sampled_from(PATTERNS), NUMBERED, NUMBERED)
@example(PATTERNS[4], ("A-2027", "B", 1, NOON), ("A", "2026-B", 1, NOON + timedelta(days=365)))
def test_different_messages_never_get_one_name(
    pattern: str,
    one: tuple[str, str, int, datetime],
    other: tuple[str, str, int, datetime],
) -> None:
    """Also if they are made in different years."""
    names = [
        name(pattern, order, seq, moment, delivery=delivery)
        for order, delivery, seq, moment in (one, other)
    ]

    assert one[:3] == other[:3] or names[0] != names[1]
