"""Check groups against the tables of the database, before any package needs them."""

from collections.abc import Collection
from dataclasses import replace

from impex.domain.errors import Problem
from impex.domain.group import Group
from impex.services.resources import Resources
from impex.storage import catalog, table_checks


def check_against_database(resources: Resources, groups: Collection[Group]) -> list[Problem]:
    """Return what does not fit: the same as a run would say when it is planned.

    Raises:
        TransientError: The database did not answer.
    """
    descriptors = [descriptor for group in groups for descriptor in group.descriptors]
    if not descriptors:
        return []
    with resources.database.transaction() as connection:
        schema = catalog.read_schema(connection, descriptors)
    return [
        replace(problem, where=f"{group.name}, {problem.where}")
        for group in groups
        for descriptor in group.descriptors
        for problem in table_checks.verify(descriptor, schema)
    ]
