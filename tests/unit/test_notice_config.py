"""What people are told, and in which words: the file, its templates, and what is wrong with them."""

from pathlib import Path

import pytest
import yaml

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, DataError
from local.settings import REPOSITORY
from orders.config.notice_models import NoticeModel, NoticesModel
from orders.config.notices import load_notices
from orders.config.sample_order import SAMPLE_ORDER
from orders.config.templates import load_template
from orders.domain.notice import Audience
from orders.domain.states import Machine
from tests.unit.option_tables import table_of

SHIPPED = REPOSITORY / "config"
PAGE = (REPOSITORY / "docs" / "notices.md").read_text("utf-8")
HEAD = """\
enabled: true
connection: mail
sender: Shop <shop@example.com>
notices:
"""
FAULTY = """\
enabled: perhaps
sender: nobody
staff: [a@example.com, žofie@example.com]
not_older_than: long
shops: {SHOP10: {staff: [b@example.com]}}
notices:
  - {order: canceled, to: customer, template: good.txt}
  - {order: cancelled, to: client, template: good.txt}
  - {order: cancelled, delivery: ready, to: staff, template: good.txt}
  - {to: staff, template: good.txt}
  - {order: cancelled, from: shipped, to: staff, template: good.txt}
  - {delivery: shipped, after: release, to: staff, template: good.txt}
  - {delivery: ready, overdue: true, after: complete_packing, to: staff, template: good.txt}
  - {order: cancelled, to: staff, template: goood.txt}
  - {order: cancelled, to: staff, template: ../good.txt}
  - {order: cancelled, to: staff, template: broken.txt}
  - {order: cancelled, to: staff, template: unknown.txt}
  - {order: cancelled, to: staff, template: silent.txt}
  - {export: waiting, to: staff, template: list.txt}
  - {export: held, order: cancelled, to: staff, template: list.txt}
  - {export: [held, dead], to: customer, from: pending, after: ship, overdue: true, template: list.txt}
  - {export: held, to: staff, template: good.txt}
"""


@pytest.fixture
def files(tmp_path: Path) -> UserFiles:
    """An installation with some templates, good and bad."""
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "good.txt").write_text("Subject: {{ order.number }}\n\nHello\n")
    (templates / "list.txt").write_text("Subject: {{ total }} {{ exports[0].gate }}\n")
    (templates / "broken.txt").write_text("Subject: x\n\n{% if %}\n")
    (templates / "unknown.txt").write_text("Subject: {{ order.colour }}\n")
    (templates / "silent.txt").write_text("Hello\n")
    return UserFiles(tmp_path)


def test_what_is_shipped_is_sound_and_sends_nothing() -> None:
    """Until somebody enables it."""
    assert load_notices(UserFiles(SHIPPED)) is None


def test_without_a_file_nobody_is_told_anything(tmp_path: Path) -> None:
    """Notices are a choice."""
    assert load_notices(UserFiles(tmp_path)) is None


def test_one_state_is_a_list_of_one(files: UserFiles) -> None:
    """As everywhere."""
    (files.root / "notices.yaml").write_text(
        HEAD + "  - {delivery: shipped, from: in_transit, to: customer, template: good.txt}\n"
    )
    mailing = load_notices(files)

    assert mailing is not None
    [notice] = mailing.notices
    assert notice.machine is Machine.DELIVERY
    assert notice.audience is Audience.CUSTOMER
    assert notice.states == {"shipped"}
    assert notice.sources == {"in_transit"}
    assert mailing.limit_s == 86_400


def test_all_faults_are_told_at_once_with_their_lines(files: UserFiles) -> None:
    """And what to write instead."""
    path = files.root / "notices.yaml"
    path.write_text(FAULTY)
    with pytest.raises(ConfigError) as caught:
        load_notices(files)
    told = [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]

    beginnings = [
        "1: `enabled` must be true or false",
        "1: `connection` is missing.",
        "2: `sender` must be an e-mail address, with or without a name, not `nobody`. For",
        "3: An entry of `staff` must be an e-mail address",
        "4: `not_older_than` must be a duration",
        "5: ",
        "7: An entry of `order` cannot be `canceled`. Did you mean `cancelled`?",
        "8: `to` cannot be `client`. ",
        "9: A notice is about states of orders, of deliveries or of exports. Write one of",
        "10: A notice is about states of orders, of deliveries or of exports.",
        "11: `shipped` does not lead to cancelled.",
        "12: `release` does not lead to shipped.",
        "13: What is overdue is told whatever has led to it. Remove it.",
        "14: There is no file `goood.txt` in ",
        "15: `template` must be the name of a file",
        "16: `broken.txt` has a fault in line 3: ",
        "17: unknown.txt cannot be filled in: 'dict object' has no attribute 'colour'.",
        "18: silent.txt has no `Subject:` with words in its first line.",
        "19: An entry of `export` cannot be `waiting`. ",
        "20: A notice is about states of orders, of deliveries or of exports.",
        "21: Only the staff is told of exports. Write `staff`.",
        "21: `from` is about moves of orders and deliveries. Remove it.",
        "21: `after` is about moves of orders and deliveries. Remove it.",
        "21: Only of what is held people are reminded.",
        "22: good.txt cannot be filled in: 'order' is undefined.",
    ]
    assert [f[: len(b)] for f, b in zip(told, beginnings, strict=True)] == beginnings


@pytest.mark.parametrize("model", [NoticesModel, NoticeModel])
def test_every_option_stands_in_the_page(model: type[NoticesModel]) -> None:
    """Meaning, default and example are those of the models."""
    assert [row for row in table_of(model) if row not in PAGE] == []


def test_the_rules_of_the_page_are_sound(files: UserFiles) -> None:
    """What people copy works."""
    rules = PAGE.partition("```yaml\nnotices:\n")[2].partition("```")[0]
    for name in {rule["template"] for rule in yaml.safe_load(rules)}:
        (files.templates / name).write_bytes((SHIPPED / "templates" / name).read_bytes())
    (files.root / "notices.yaml").write_text(HEAD + rules)

    mailing = load_notices(files)

    assert mailing is not None
    assert len(mailing.notices) == 3
    assert len(mailing.stuck) == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ order.total | money }}", "29.80"),
        ("{{ 3 | money }}", "3.00"),
        ("{{ 0.1234 | money }}", "0.1234"),
        ("{{ order.lines[0].quantity | number }}", "2"),
        ("{{ 2.50 | number }}", "2.5"),
        ("{{ 100 | number }}", "100"),
        ("{{ order.ordered_at[:10] }}", "2026-11-01"),
        ("{{ order.customer_name }}", "Ada Example"),
    ],
)
def test_values_are_written_as_people_read_them(tmp_path: Path, text: str, written: str) -> None:
    """Without a format for each."""
    (tmp_path / "t.txt").write_text(text)

    assert load_template(tmp_path, "t.txt").render({"order": SAMPLE_ORDER}) == written


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.nothing }}",
        "{{ nothing }}",
        "{{ order.customer_name | money }}",
        "{{ order.__class__.__mro__ }}",
        "{{ order.update({1: 2}) }}",
        "{{ 1 / 0 }}",
        "{{ order.lines[7].sku }}",
    ],
)
def test_a_template_that_cannot_be_filled_in_says_so(tmp_path: Path, text: str) -> None:
    """And reaches nothing but its values, which it cannot change."""
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(DataError, match=r"t\.txt cannot be filled in"):
        load_template(tmp_path, "t.txt").render({"order": SAMPLE_ORDER})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("t.html", "<b>&lt;i&gt; &amp; Co</b>"),
        ("t.xml", "<b>&lt;i&gt; &amp; Co</b>"),
        ("t.txt", "<b><i> & Co</b>"),
    ],
)
def test_what_people_have_typed_is_no_markup(tmp_path: Path, name: str, written: str) -> None:
    """Only what the template itself says is."""
    (tmp_path / name).write_text("<b>{{ order.customer_name }}</b>")
    order = SAMPLE_ORDER | {"customer_name": "<i> & Co"}

    assert load_template(tmp_path, name).render({"order": order}) == written
