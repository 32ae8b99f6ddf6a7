"""A whole catalogue in one XML document: products, and what is nested in them."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from impex.config import load_group
from impex.config.user_files import UserFiles
from impex.domain.export_run import ExportState
from impex.domain.issue_codes import Code
from impex.domain.report import Counts, JobState, RunReport
from impex.services.resources import Resources
from local.settings import REPOSITORY
from tests.exports import exported, files
from tests.imports import bring, changes, contents, faults, issues, rows

CONFIG = REPOSITORY / "config"
GROUP = load_group(CONFIG / "groups" / "catalogue-xml.yaml")
PAGE = (REPOSITORY / "docs" / "groups.md").read_text("utf-8")
SAMPLE = (CONFIG / "samples" / "catalogue-xml" / "catalogue.xml").read_text("utf-8")
RECORDS = {
    "brands": 3,
    "attributes": 3,
    "product-types": 1,
    "categories": 2,
    "shop-categories": 2,
    "products": 3,
    "product-categories": 4,
    "product-attributes": 1,
    "product-images": 3,
    "skus": 5,
    "sku-attributes": 4,
    "sku-images": 1,
    "prices": 7,
    "stock": 5,
}
EVERYTHING = sum(RECORDS.values())


@pytest.fixture
def shop(resources: Resources) -> Resources:
    """The shop with the schemas that come with the project."""
    return replace(resources, user_files=UserFiles(CONFIG))


def send(shop: Resources, document: str, **how: bool) -> RunReport:
    """Import a document."""
    return bring(shop, GROUP, document.encode(), "catalogue.xml", **how)


def changed(changing: Mapping[str, str]) -> str:
    """Return the sample with other texts; each stands there once."""
    document = SAMPLE
    for before, after in changing.items():
        assert document.count(before) == 1, before
        document = document.replace(before, after)
    return document


def line(document: str, text: str) -> int:
    """Return the line on which a text stands for the first time."""
    return document[: document.index(text)].count("\n") + 1


def rejects(shop: Resources, report: RunReport, descriptor: str) -> str:
    """Return the reject file of a descriptor."""
    with shop.store.open(f"rejects/{report.run}/{descriptor}/catalogue.xml") as file:
        return file.read().decode()


def test_one_document_fills_all_tables(shop: Resources) -> None:
    """Every record of every kind, without a word of complaint."""
    report = send(shop, SAMPLE)

    assert (report.state, report.notes, issues(shop, report)) == (JobState.DONE, (), [])
    assert {file.descriptor: file.counts.inserted for file in report.files} == RECORDS
    assert report.totals == Counts(read=EVERYTHING, inserted=EVERYTHING)


def test_a_product_keeps_its_texts_in_all_languages(shop: Resources) -> None:
    """Characters of three alphabets, quotes, signs of markup and line ends as well."""
    send(shop, SAMPLE)

    assert rows(
        shop,
        "SELECT p.code, b.name, t.name, p.name, p.model, p.display_name, p.description, p.barcode, "
        "p.availability, p.featured, p.tag FROM shop.product p JOIN shop.brand b ON b.id = brand_id "
        "JOIN shop.product_type t ON t.id = product_type_id ORDER BY guid",
    ) == [
        (
            "TEA-HERBS", "Карпатський чай", "Loose tea", "Mountain herbs", "MH",
            {"en": "Mountain herbs", "de": "Bergkräuter", "uk": "Гірські трави"},
            {
                "en": "Thyme & mint, < 1 % caffeine.\nBrew for 5' at 95 °C.",
                "de": "Thymian & Minze, „mild“ im Geschmack.",
                "uk": "Чебрець та м'ята; «м'який» смак.",
            },
            None, 1, True, "new herbs",
        ),
        (
            "TEA-BOOK", "Ink & Quill", "Default Product", 'Notebook "Five o\'clock"', "NB-5",
            {
                "en": "Notebook “Five o'clock”",
                "de": "Notizbuch „Fünf Uhr“",
                "uk": "Записник «П'ята година»",
            },
            {}, None, 1, False, None,
        ),
        (
            "TEA-POT", "Töpferei Groß", "Default Product", "Teapot 1.2 l", "TP-12",
            {"en": "Teapot, 1.2 l", "de": "Teekanne, 1,2 l", "uk": "Заварник, 1,2 л"},
            {}, "4006381333931", 16, False, None,
        ),
    ]  # fmt: skip


def test_images_prices_and_stock_belong_to_what_is_around_them(shop: Resources) -> None:
    """However deep they are nested."""
    send(shop, SAMPLE)

    assert rows(
        shop,
        "SELECT code, position, uri, alternative_text ->> 'de' FROM shop.product_image i "
        "JOIN shop.product p ON p.id = product_id ORDER BY code, position",
    ) == [
        ("TEA-BOOK", 1, "paper/notebook.jpg", None),
        ("TEA-HERBS", 1, "tea/mountain-herbs.jpg", "Eine Tasse Tee auf einem Holztisch"),
        ("TEA-HERBS", 2, "https://images.example.com/tea/meadow.jpg?w=800&h=600", None),
    ]
    assert rows(
        shop,
        "SELECT code, uri FROM shop.sku_image JOIN shop.sku s ON s.id = sku_id",
    ) == [("TEA-HERBS-250", "tea/mountain-herbs-250.jpg")]
    assert rows(
        shop,
        "SELECT s.code, currency, tier_quantity::text, regular_price::text, sale_price::text "
        "FROM shop.price JOIN shop.sku s ON s.id = sku_id WHERE s.code ^@ 'TEA-HERBS' ORDER BY 1, 2, 3",
    ) == [
        ("TEA-HERBS-250", "EUR", "1", "19.9000", None),
        ("TEA-HERBS-50", "EUR", "1", "4.9000", None),
        ("TEA-HERBS-50", "EUR", "10", "4.5000", "3.9900"),
        ("TEA-HERBS-50", "UAH", "1", "210.0000", None),
    ]
    assert rows(
        shop,
        "SELECT s.code, quantity::text, availability, release_date::text, featured "
        "FROM shop.inventory JOIN shop.sku s ON s.id = sku_id ORDER BY 1",
    ) == [
        ("TEA-BOOK-GREEN", "35", 1, None, False),
        ("TEA-BOOK-WHITE", "-2", 4, None, False),
        ("TEA-HERBS-250", "0", 2, "2026-12-06", False),
        ("TEA-HERBS-50", "120", 1, None, False),
        ("TEA-POT", "3", 1, None, True),
    ]


def test_categories_and_attributes_are_those_that_the_document_names(shop: Resources) -> None:
    """A category may stand in front of its parent."""
    send(shop, SAMPLE)

    assert rows(
        shop,
        "SELECT c.guid, p.guid, c.keywords, s.code FROM shop.category c "
        "JOIN shop.category p ON p.id = c.parent_id JOIN shop.shop_category ON category_id = c.id "
        "JOIN shop.shop s ON s.id = shop_id ORDER BY 1",
    ) == [
        ("TEA", "100", {"en": "tea, teapot, notebook", "de": "Tee, Kanne, Notizbuch"}, "SHOP10"),
        ("TEA-HERBS", "TEA", {}, "SHOP10"),
    ]
    assert rows(
        shop,
        "SELECT p.code, c.guid, rank FROM shop.product_category JOIN shop.product p "
        "ON p.id = product_id JOIN shop.category c ON c.id = category_id ORDER BY 1, 2",
    ) == [
        ("TEA-BOOK", "TEA", 20),
        ("TEA-HERBS", "TEA", 500),
        ("TEA-HERBS", "TEA-HERBS", 10),
        ("TEA-POT", "TEA", 500),
    ]
    assert rows(
        shop,
        "SELECT s.code, a.code, value, display_value FROM shop.sku_attribute_value "
        "JOIN shop.sku s ON s.id = sku_id JOIN shop.attribute a ON a.id = attribute_id ORDER BY 1",
    ) == [
        ("TEA-BOOK-GREEN", "TEA-COLOUR", "green", {"en": "Green", "de": "Grün", "uk": "Зелений"}),
        ("TEA-BOOK-WHITE", "TEA-COLOUR", "white", {"en": "White", "de": "Weiß", "uk": "Білий"}),
        ("TEA-HERBS-250", "TEA-WEIGHT", "250", {}),
        ("TEA-HERBS-50", "TEA-WEIGHT", "50", {}),
    ]


def test_the_same_document_again_touches_nothing(shop: Resources) -> None:
    """Not one row is written anew."""
    send(shop, SAMPLE)
    before = contents(shop)

    again = send(shop, SAMPLE, force=True)

    assert again.totals == Counts(read=EVERYTHING, unchanged=EVERYTHING)
    assert contents(shop) == before


def test_a_changed_document_changes_what_is_different(shop: Resources) -> None:
    """A price that falls, a sale that ends, an image that is replaced, a text that is taken back."""
    send(shop, SAMPLE)

    report = send(
        shop,
        changed(
            {
                "<regular>19.90</regular>": "<regular>18.50</regular>",
                "<sale>3.99</sale>": "",
                "paper/notebook.jpg": "paper/notebook-new.jpg",
                '<title xml:lang="uk">Заварник, 1,2 л</title>': '<title xml:lang="uk" xsi:nil="true"/>',
            }
        ),
    )

    assert report.totals == Counts(read=EVERYTHING, updated=4, unchanged=EVERYTHING - 4)
    title = {"de": "Teekanne, 1,2 l", "en": "Teapot, 1.2 l"}
    assert {
        c: both for change in changes(shop, report) for c, both in change["changes"].items()
    } == {
        "display_name": [{**title, "uk": "Заварник, 1,2 л"}, title],
        "uri": ["paper/notebook.jpg", "paper/notebook-new.jpg"],
        "sale_price": [3.99, None],
        "regular_price": [19.9, 18.5],
    }


def test_what_a_document_leaves_out_stays(shop: Resources) -> None:
    """Whole collections, and elements of a record."""
    send(shop, SAMPLE)
    start, end = SAMPLE.index("<brands>"), SAMPLE.index("<products>")
    short = (SAMPLE[:start] + SAMPLE[end:]).replace("<tag>new herbs</tag>", "")

    report = send(shop, short)

    left = EVERYTHING - sum(list(RECORDS.values())[:5])
    assert report.totals == Counts(read=left, unchanged=left)


def test_a_mended_reject_file_is_taken(shop: Resources) -> None:
    """It has the whole product around the stock that was rejected; nothing else changes."""
    first = send(
        shop,
        changed({'<stock warehouse="Main"><quantity>35': '<stock warehouse="Man"><quantity>35'}),
    )

    content = rejects(shop, first, "stock")
    second = send(shop, content.replace('"Man"', '"Main"'))

    where = line(SAMPLE, "<quantity>35")
    assert faults(shop, first) == [("catalogue.xml", where, Code.LOOKUP_MISSING.value)]
    assert f"<!-- line {where}: lookup_missing: @warehouse:" in content
    assert content.count("<product ") == 1
    assert second.state is JobState.DONE
    assert (second.totals.inserted, second.totals.updated, second.totals.rejected) == (1, 0, 0)


def test_the_document_of_the_page_is_taken(shop: Resources) -> None:
    """Whoever copies it has something that works; parts that it does not have may be left out."""
    (document,) = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)

    report = send(shop, document)

    assert (report.state, issues(shop, report)) == (JobState.DONE, [])
    assert {f.descriptor: f.counts.inserted for f in report.files if f.counts.read} == {
        "brands": 1,
        "products": 1,
        "product-categories": 1,
        "product-images": 1,
        "skus": 1,
        "prices": 2,
        "stock": 1,
    }


WRONG = {
    "a price that is none": (
        "<regular>59.00</regular>",
        "<regular>59,00</regular>",
        "Element 'regular': '59,00' is not a valid value",
    ),
    "a language that nobody takes": (
        '<title xml:lang="de">Teekanne, 1,2 l</title>',
        '<title xml:lang="fr">Théière, 1,2 l</title>',
        "The value 'fr' is not an element of the set",
    ),
    "an element in another place": (
        "<availability>16</availability>",
        "<colour>red</colour>",
        "Element 'colour': This element is not expected",
    ),
    "a number that means nothing": (
        "<availability>16</availability>",
        "<availability>3</availability>",
        "The value '3' is not an element of the set {'1', '2', '4', '8', '16'}",
    ),
    "an element that must be there": (
        '<model>TP-12</model>\n      <title xml:lang="en">Teapot',
        '<title xml:lang="en">Teapot',
        "Element 'title': This element is not expected. Expected is ( model )",
    ),
    "a product without a brand": (
        'code="TEA-POT" brand="Töpferei Groß" type',
        'code="TEA-POT" type',
        "Element 'product': The attribute 'brand' is required but missing",
    ),
    "something that must not be nil": (
        "<availability>16</availability>",
        '<availability xsi:nil="true"/>',
        "Element 'availability': The element is not 'nillable'",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG.values(), ids=WRONG)
def test_a_record_that_does_not_keep_to_the_schema_is_told_with_its_line(
    shop: Resources, right: str, wrong: str, told: str
) -> None:
    """The product that it stands in is rejected, with all in it, and can be mended."""
    document = changed({right: wrong})
    first = send(shop, document)

    rejected = [i for i in issues(shop, first) if i["effect"] == "rejected"]
    content = rejects(shop, first, "products")
    second = send(shop, content.replace(wrong, right))

    where = f"line {line(document, wrong)} does not keep to catalogue.xsd"
    assert "products" in {issue["descriptor"] for issue in rejected}
    assert {(issue["code"], issue["message"]) for issue in rejected} == {
        ("schema_violation", where)
    }
    assert told in rejected[0]["value"]
    assert second.state is JobState.DONE
    assert second.totals.inserted == first.totals.rejected + first.totals.skipped == 5
    assert send(shop, SAMPLE).totals == Counts(read=EVERYTHING, unchanged=EVERYTHING)


def test_something_strange_around_the_records_keeps_the_document_out(shop: Resources) -> None:
    """Nobody knows what else is meant otherwise."""
    before = contents(shop)
    document = changed({"  <categories>\n": "  <categorys/>\n  <categories>\n"})

    report = send(shop, document)

    assert report.state is JobState.REJECTED
    assert set(faults(shop, report)) == {
        ("catalogue.xml", line(document, "<categorys/>"), Code.SCHEMA_VIOLATION.value)
    }
    assert contents(shop) == before


@pytest.mark.parametrize(
    "part", ["</catalogue>", "</product>\n  </products>", '<price shop="SHOP10"']
)
def test_a_document_that_was_cut_applies_nothing(shop: Resources, part: str) -> None:
    """Of no descriptor, although records came through."""
    before = contents(shop)

    report = send(shop, SAMPLE[: SAMPLE.rindex(part)])

    assert report.state is JobState.REJECTED
    assert {code for _, _, code in faults(shop, report)} == {Code.TRUNCATED.value}
    assert report.totals.inserted == 0
    assert contents(shop) == before


def test_what_is_exported_is_a_package_that_changes_nothing(shop: Resources) -> None:
    """Every part in a document of its own, which keeps to the schema; all of one instant."""
    send(shop, SAMPLE)

    report = exported(shop, GROUP)

    assert report.run.state is ExportState.DONE
    ((name, package),) = files(shop, report).items()
    back = bring(shop, GROUP, package, name)
    assert issues(shop, back) == []
    assert back.totals == Counts(read=back.totals.read, unchanged=back.totals.read)
    # The shop's own attributes, product type and category come with them.
    assert back.totals.read == EVERYTHING + 4
