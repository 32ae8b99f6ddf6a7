"""Exporters as people write them, and as the system sees them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from impex.cli.running import DONE, REJECTED
from impex.domain.errors import ConfigError
from orders.cli.commands import main
from orders.config import lint_exporters, load_exporters
from orders.domain.conditions import Amounts, Conditions
from orders.domain.destination import (
    Destination,
    Email,
    File,
    Http,
    Manual,
    Method,
    Python,
    Table,
    kind,
)
from orders.domain.exporter import (
    Approval,
    ApprovalPer,
    Batch,
    Exporter,
    GroupExport,
    Split,
    Template,
    Unanswered,
)
from orders.domain.outbox import Retry
from orders.domain.states import DeliveryStatus, OrderStatus
from tests.exporters import EXPORTERS, SMALL, load, shipped, written
from tests.feeds import FEEDS

TEMPLATES = EXPORTERS.parent / "templates"


def of_target(directory: Path, target: str, *more: str) -> Exporter:
    """Load an exporter with a target."""
    lines = ["flag: INITPAID", f"target: {target}", *more]
    if "manual" not in target:
        lines.append("format: {group: orders, export: lines}")
    return load(directory, "\n".join(lines))


def test_a_small_exporter_has_sensible_defaults(tmp_path: Path) -> None:
    """It takes all of its flag, a message for each order, without asking anybody."""
    assert load(tmp_path, SMALL) == Exporter(
        name="one",
        flag="INITPAID",
        destination=Table("erp.incoming"),
        enabled=True,
        next_flag="",
        priority=100,
        when=Conditions(),
        split=Split.ORDER,
        batch=Batch.PER_ORDER,
        approval=None,
        format=GroupExport("orders", "lines"),
        retry=Retry(10, timedelta(seconds=30), timedelta(hours=1)),
        rate=None,
        acknowledge_within=None,
    )


@pytest.mark.parametrize(
    ("target", "destination"),
    [
        (
            '{file: {place: "s3://b/c", name: "{order}-{seq}.csv"}}',
            File("s3://b/c", "{order}-{seq}.csv"),
        ),
        (
            "{http: {connection: c, path: /orders}}",
            Http("c", "/orders", Method.POST, timedelta(seconds=30), repeatable=False, probe=""),
        ),
        (
            (
                "{http: {connection: c, path: /, method: PUT, timeout: 10 s, repeatable: true, "
                'probe: "/o/{key}"}}'
            ),
            Http("c", "/", Method.PUT, timedelta(seconds=10), repeatable=True, probe="/o/{key}"),
        ),
        ("{table: {name: erp.incoming, connection: erp}}", Table("erp.incoming", "erp")),
        (
            (
                "{email: {connection: m, sender: Shop 10 <a@b.example>, to: c@d, "
                'subject: "{order}", attach: true}}'
            ),
            Email("m", "Shop 10 <a@b.example>", "{order}", ("c@d",), {}, attach=True),
        ),
    ],
    ids=lambda value: kind(value) if not isinstance(value, str) else "",
)
def test_messages_go_to_one_target(tmp_path: Path, target: str, destination: Destination) -> None:
    """Each with its own options."""
    assert of_target(tmp_path, target).destination == destination


def test_a_class_of_the_installation_may_send(tmp_path: Path) -> None:
    """It is looked for, and not run."""
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "warehouse.py").write_text("class Terminal:\n    raise SystemExit\n")

    found = of_target(tmp_path, "{python: warehouse.py:Terminal}").destination

    assert found == Python("warehouse.py:Terminal")


def test_a_manual_state_waits_for_a_person(tmp_path: Path) -> None:
    """That is what it is for; how, may be said."""
    written(tmp_path, later=SMALL.replace("INITPAID", "LATER"))

    plain = of_target(tmp_path, "{manual: true}", "next_flag: LATER")
    told = of_target(tmp_path, "{manual: true}", "next_flag: LATER", "approval: {per: batch}")

    assert (plain.destination, plain.format, plain.next_flag) == (Manual(), None, "LATER")
    assert plain.approval == Approval()
    assert told.approval == Approval(ApprovalPer.BATCH)


@pytest.mark.parametrize(
    ("text", "approval"),
    [
        ("required", Approval()),
        ("{remind: 2 hours}", Approval(remind=timedelta(hours=2))),
        (
            "{per: batch, default: reject, after: 3 days, remind: 1 day}",
            Approval(ApprovalPer.BATCH, Unanswered.REJECT, timedelta(days=3), timedelta(days=1)),
        ),
    ],
)
def test_approval_is_a_word_or_options(tmp_path: Path, text: str, approval: Approval) -> None:
    """Nobody answers: it is held, unless somebody has said after which time it is rejected."""
    assert load(tmp_path, f"{SMALL}approval: {text}\n").approval == approval


def test_conditions_are_one_value_or_several(tmp_path: Path) -> None:
    """Codes stay the texts that were typed."""
    when = """
    when:
      shop: 0010
      country: [NO, SE]
      status: completed
      delivery_status: [shipped, returned]
      total: {from: 99.50, below: 500}
    """

    assert load(tmp_path, SMALL + when.replace("\n    ", "\n")).when == Conditions(
        shop=("0010",),
        country=("NO", "SE"),
        status=(OrderStatus.COMPLETED,),
        delivery_status=(DeliveryStatus.SHIPPED, DeliveryStatus.RETURNED),
        total=Amounts(Decimal("99.50"), Decimal(500)),
    )


def test_mails_to_suppliers_alone_take_only_their_deliveries(tmp_path: Path) -> None:
    """What is of others stays for another exporter, and is never cleared without a mail."""
    mail = "{email: {connection: m, sender: a@b, subject: x, suppliers: {ACME: [c@d], B: e@f}%s}}"

    alone = of_target(tmp_path, mail % "", "split: supplier")
    some = of_target(tmp_path, mail % "", "split: supplier", "when: {supplier: B}")
    beside = of_target(tmp_path, mail % ", to: x@y", "split: delivery")

    assert alone.when.supplier == ("ACME", "B")
    assert some.when.supplier == ("B",)
    assert beside.when.supplier == ()


def test_a_mail_goes_to_all_and_to_those_of_its_supplier() -> None:
    """Each address once."""
    mail = Email("m", "a@b", "x", to=("c@d",), suppliers={"ACME": ("e@f", "c@d")})

    assert mail.recipients("ACME") == ("c@d", "e@f")
    assert mail.recipients("OTHER") == ("c@d",)


def test_how_messages_are_sent_is_said_in_words(tmp_path: Path) -> None:
    """Attempts, waits, speed, and how long an answer may take."""
    loaded = load(
        tmp_path,
        SMALL + "retry: {attempts: 3, first: 1 minute, longest: 2 hours}\n"
        "rate: 60\nacknowledge_within: 2 weeks\nbatch: per_run\n",
    )

    assert loaded.retry == Retry(3, timedelta(minutes=1), timedelta(hours=2))
    assert loaded.rate == 60
    assert loaded.acknowledge_within == timedelta(weeks=2)
    assert loaded.batch is Batch.PER_RUN


def test_the_shipped_exporters_have_no_fault() -> None:
    """``make check`` finds nothing in them."""
    exporters, problems = lint_exporters([EXPORTERS])

    assert problems == []
    assert exporters == shipped()


def test_the_shipped_exporters_send_nothing_away() -> None:
    """Who has just started the project writes files in the file store, and mails to nobody."""
    enabled = [each.destination for each in shipped().values() if each.enabled]

    assert all(isinstance(each, Manual | File) for each in enabled)
    assert {each.place for each in enabled if isinstance(each, File)} == {"exports/orders"}


def test_every_shipped_template_is_used() -> None:
    """By an exporter or by a notice; loading those fills each in."""
    used = {each.format.file for each in shipped().values() if isinstance(each.format, Template)}
    notices = (EXPORTERS.parent / "notices.yaml").read_text("utf-8")

    others = {path.name for path in TEMPLATES.iterdir()} - used

    assert used == {"cancellation.json", "supplier-order.txt"}
    assert [name for name in others if f"template: {name}}}" not in notices] == []


def test_a_template_is_tried_with_what_it_will_see(tmp_path: Path) -> None:
    """With one order, or with those of a run."""
    one = "Flag {{ flag }} of {{ order.number }}: {{ deliveries[0].number }}"
    many = "{% for order in orders %}{{ order.deliveries[0].lines[0].sku }}{% endfor %}"
    (tmp_path / "templates").mkdir()
    for name, text in {"one.txt": one, "many.txt": many}.items():
        (tmp_path / "templates" / name).write_text(text)
    told = {}
    for template in ("one", "many"):
        for batch in ("per_order", "per_run"):
            text = (
                f"flag: INITPAID\ntarget: {{table: {{name: a.b}}}}\nbatch: {batch}\n"
                f"format: {{template: {template}.txt}}\n"
            )
            directory = written(tmp_path, one=text)
            told[template, batch] = load_exporters(directory)["one"]

    faults = {key: str(each) for key, each in told.items() if isinstance(each, ConfigError)}
    assert faults.keys() == {("one", "per_run"), ("many", "per_order")}
    assert "'order' is undefined" in faults["one", "per_run"]
    assert "'orders' is undefined" in faults["many", "per_order"]


def test_a_broken_exporter_hides_no_other(tmp_path: Path) -> None:
    """Each file stands for itself, also one that is no YAML."""
    directory = written(tmp_path, bad="flag: [\n", good=SMALL, worse="titel: x\n")

    loaded = load_exporters(directory)

    assert list(loaded) == ["bad", "good", "worse"]
    assert [isinstance(each, ConfigError) for each in loaded.values()] == [True, False, True]


def test_the_command_line_checks_feeds_and_exporters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stands for its directory: an exporter alone is no chain."""
    directory = written(tmp_path, bad="flag: INITPAD\ntarget: {manual: true}\n", good=SMALL)

    codes = [main(["lint"]), main(["lint", str(FEEDS), str(directory / "good.yaml")])]

    told = capsys.readouterr()
    assert codes == [DONE, REJECTED]
    assert "Feeds: 5, exporters: 3, problems: none\n" in told.out
    assert f"{directory}/bad.yaml:1: Nothing raises the flag `INITPAD`." in told.out
    assert told.err == "Problems: 2\n"


def test_a_path_that_leads_nowhere_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of no problems."""
    assert main(["lint", str(written(tmp_path) / "none.yaml")]) == REJECTED
    assert "none.yaml: The file cannot be read" in capsys.readouterr().out
