"""Groups with a scope, by a plain column of the goods and by one that is looked up."""

from dataclasses import dataclass
from typing import Any

import pytest

from impex.domain.column import Column
from impex.domain.group import Group, Mode, Scope
from tests.groups import brand_of, column, full, goods, group

ALL = "SELECT code, name FROM shop.goods ORDER BY code"
OTHERS = "SELECT t, ctid::text FROM shop.goods t WHERE code IN ('B', 'O') ORDER BY id"


@dataclass(frozen=True)
class Case:
    """A scope, the column of the descriptor that it is about, and who owns which rows."""

    scope: Scope
    column: Column
    header: str
    own: str
    other: str

    def group(self, *columns: Column, **options: Any) -> Group:
        """Describe goods of the scope, with the scope's column and a name."""
        if options.get("mode") is Mode.REPLACE:
            options.setdefault("full_feed", full())
        described = goods(column("name"), self.column, *columns, **options)
        return group(described, scope=self.scope)


PLAIN = Case(Scope("kind", "mine"), column("kind"), "kind", "mine", "yours")
LOOKED_UP = Case(Scope("brand_id", "HP"), brand_of(), "brand", "HP", "Dell")
CASES = pytest.mark.parametrize("case", [PLAIN, LOOKED_UP], ids=["plain", "looked up"])
