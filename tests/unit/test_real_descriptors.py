"""All descriptors of the platform that lie beside the checkout, 26 imports and 12 exports."""

from collections import Counter

import pytest

from impex.moving import Kind, convert, load_tables
from tests.shared import shared
from tests.unit.xml_descriptors import group, left_open

TABLES = load_tables()
# How much of each is not translated; of the others, nothing.
LEFT_OPEN = {
    "import/attributenames-demo": 5,
    "import/categorynames-demo": 5,
    "import/productnames-demo": 1,
    "import/productsku-demo": 1,
    "import/skuprices-demo": 3,
    "export/attributes": 9,
    "export/brands": 1,
    "export/categoryimagesout": 1,
    "export/customeraddresses": 1,
    "export/customers": 1,
    "export/orders": 3,
    "export/productimagesout": 1,
    "export/producttypeattributes": 4,
    "export/producttypes": 7,
    "export/siteshop10-demo": 2,
}
NAMES = [
    *LEFT_OPEN,
    *(f"import/{name}-demo" for name in (
        "attributegroupnames", "brandnames", "carriernames", "carriershopnames", "carrierslanames",
        "countrynames", "productaccessories", "productcategorynames", "productsattributes",
        "productskuattributes", "producttypeattrnames", "producttypenames",
        "productypeattributeviewgroupnames", "promotioncouponnames", "promotionnames",
        "shopcategory", "shopcurrencies", "skuinventory", "statenames", "taxconfignames",
        "taxnames",
    )),
    *(f"export/{name}" for name in ("payments", "taxconfigs")),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_real_descriptor_becomes_a_group_that_lint_takes(name: str) -> None:
    """What is not translated is counted, told with its line, and marked in the YAML."""
    path = shared(f"descriptors/{name}.xml")

    done = convert([path], TABLES, path.stem)

    told = left_open(done)
    assert group(done)["title"] == path.stem
    assert len(told) == LEFT_OPEN.get(name, 0)
    assert all(f"# NOT TRANSLATED, line {line}" in done.text for line in told)


def test_a_whole_directory_becomes_one_group() -> None:
    """38 descriptors; nothing is known of one that is not known of it alone."""
    done = convert([shared("descriptors")], TABLES, "everything")

    assert done.count == len(NAMES) == 38
    assert Counter(note.kind for note in done.notes)[Kind.OPEN] == sum(LEFT_OPEN.values())
    assert len(group(done)["descriptors"]) == 38
