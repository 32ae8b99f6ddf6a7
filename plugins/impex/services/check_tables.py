"""Check groups against the tables of the database, before any package needs them."""

from collections.abc import Collection
from dataclasses import replace

from impex.domain.errors import Problem
from impex.domain.group import Group
from impex.services.resources import Resources
from impex.services.workplace import read_schema
from impex.storage import table_checks


def check_against_database(resources: Resources, groups: Collection[Group]) -> list[Problem]:
    """Return what does not fit: the same as a run would say when it is planned.

    Raises:
        ConfigError: A group names a connection that does not exist.
        TransientError: A database did not answer.
    """
    problems: list[Problem] = []
    with resources.database.transaction() as connection:
        for group in groups:
            schema = read_schema(resources, group, connection)
            problems += [
                replace(problem, where=f"{group.name}, {problem.where}")
                for descriptor in group.descriptors
                for problem in table_checks.verify(descriptor, schema, group.scope)
            ]
    return problems
