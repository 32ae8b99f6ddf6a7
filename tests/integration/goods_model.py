"""What an import of goods must do, said once more in plain Python over dictionaries.

It knows nothing of SQL: rows are dictionaries, the table is a dictionary by code.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from impex.domain.column import OnEmpty, OnMissing
from impex.domain.group import Descriptor, Mode, OnAbsent, OnDuplicate
from impex.domain.report import Counts

Row = dict[str, Any]
File = Sequence[dict[str, str]]
Place = tuple[int, int]

LARGEST_STOCK = 32767
BRANDS = (None, "HP", "Dell")
DEFAULTS: Row = {"name": None, "stock": 7, "brand": None, "kind": "100%", "active": None}


@dataclass
class Shop:
    """Goods by code, names of brands, and what a run has journaled."""

    goods: dict[str, Row]
    brands: set[str]
    journal: Counter[str] = field(default_factory=Counter)

    def copy(self) -> "Shop":
        """Return a shop that can be changed without changing this one."""
        goods = {code: dict(row) for code, row in self.goods.items()}
        return Shop(goods, set(self.brands), self.journal.copy())

    def note(self, table: str, action: str, key: str, changes: Row) -> None:
        """Journal a change."""
        self.journal[entry(table, action, key, changes)] += 1


def entry(table: str, action: str, key: str, changes: Row) -> str:
    """Render a change so that two of them can be compared; new brands have no name yet."""
    if "brand" in changes:
        brands = [brand if brand in BRANDS else "new" for brand in changes["brand"]]
        changes = {**changes, "brand": brands}
    return f"{table} {action} {key} {sorted(changes.items())}"


@dataclass(frozen=True)
class _Tried:
    """What merging one file has come to; ``shop`` is None if none of it is applied."""

    shop: Shop | None
    counts: Counts


class Model:
    """One package of files for one descriptor."""

    def __init__(self, descriptor: Descriptor, files: Sequence[File]) -> None:
        self._descriptor = descriptor
        self._columns = {column.to: column for column in descriptor.columns}
        self._files = files
        rows = {
            (number, line): cells
            for number, file in enumerate(files)
            for line, cells in enumerate(file)
        }
        self._bad = {p: c for p, c in rows.items() if not c["code"] or c["stock"] == "many"}
        self._staged = {p: c for p, c in rows.items() if p not in self._bad}
        self._left_out = self._repeated()

    def run(self, shop: Shop) -> tuple[Shop, list[Counts]]:
        """Return the shop afterwards, and the fates of the rows of each file."""
        absent = self._absent(shop)
        if absent is None:
            return shop, [_rejected(file) for file in self._files]
        counts, whole = [], True
        for number in range(len(self._files)):
            last = number + 1 == len(self._files)
            tried = self._merge(shop.copy(), number, absent if last and whole else [])
            shop, whole = tried.shop or shop, whole and tried.shop is not None
            counts.append(tried.counts)
        return shop, counts

    def _repeated(self) -> set[Place]:
        """Return the places of rows that do not count because their key is repeated.

        Files that are refused while they are read have no say in it.
        """
        places: dict[str, list[Place]] = {}
        for place, cells in self._staged.items():
            if self._is_refused(place[0]):
                continue
            places.setdefault(cells["code"], []).append(place)
        out: set[Place] = set()
        for same in places.values():
            alone = [place[0] for place in same].count(same[0][0]) == 1
            kept = {
                OnDuplicate.ERROR: same[:1] if alone else [],
                OnDuplicate.FIRST: same[:1],
                OnDuplicate.LAST: same[-1:],
            }[self._descriptor.on_duplicate]
            out |= set(same) - set(kept)
        return out

    def _is_refused(self, number: int) -> bool:
        """Tell whether a file has more rows that cannot be read than it may have."""
        bad = sum(place[0] == number for place in self._bad)
        return not self._descriptor.errors.allows(bad, len(self._files[number]))

    def _absent(self, shop: Shop) -> list[str] | None:
        """Return the codes that no file has; None if there are too many."""
        feed = self._descriptor.full_feed
        if feed.on_absent is OnAbsent.IGNORE or any(not c["code"] for c in self._bad.values()):
            return []
        present = {cells["code"] for cells in (*self._staged.values(), *self._bad.values())}
        scope = [
            code
            for code, row in shop.goods.items()
            if all(row[name] == text for name, text in feed.scope)
        ]
        absent = [code for code in scope if code not in present]
        if feed.on_absent is OnAbsent.DEACTIVATE:
            absent = [code for code in absent if shop.goods[code]["active"] is not False]
        return absent if feed.max_absent.allows(len(absent), len(scope)) else None

    def _merge(self, shop: Shop, number: int, absent: Sequence[str]) -> _Tried:
        """Merge one file into a shop of its own."""
        file = self._files[number]
        if self._is_refused(number):
            return _Tried(None, _rejected(file))
        fates = Counter({"rejected": sum(place[0] == number for place in self._bad)})
        held = shop.copy()
        for place, cells in sorted(self._staged.items(), key=lambda row: row[1]["code"]):
            if place[0] != number:
                continue
            if place in self._left_out:
                error = self._descriptor.on_duplicate is OnDuplicate.ERROR
                fates["rejected" if error else "skipped"] += 1
            else:
                fates[self._apply(shop, held, cells)] += 1
        if not self._descriptor.errors.allows(fates["rejected"], len(file)):
            return _Tried(None, _rejected(file))
        for code in absent:
            self._remove(shop, code)
        return _Tried(shop, Counts(read=len(file), absent=len(absent), **fates))

    def _apply(self, shop: Shop, held: Shop, cells: dict[str, str]) -> str:
        """Let one row do what it does; return its fate.

        Args:
            shop: Which is changed.
            held: The shop as it was before the file.
            cells: Of the row.
        """
        code, mode = cells["code"], self._descriptor.mode
        old = held.goods.get(code)
        if (old and mode is Mode.INSERT_ONLY) or (
            not old and mode in (Mode.UPDATE_ONLY, Mode.DELETE)
        ):
            return "skipped"
        if mode is Mode.DELETE:
            self._note_deletion(shop, code)
            return "deleted"
        fate = self._fault(held, old, cells)
        if fate:
            return fate
        new = {**(old or DEFAULTS), **dict(self._written(held, old, cells))}
        if new == old:
            return "unchanged"
        self._create_brand(shop, cells)
        if new["stock"] > LARGEST_STOCK:
            return "rejected"
        shop.goods[code] = new
        changes = {n: [old[n], new[n]] for n in new if old and old[n] != new[n]}
        shop.note("shop.goods", "UPDATE" if old else "INSERT", code, changes)
        return "updated" if old else "inserted"

    def _fault(self, held: Shop, old: Row | None, cells: dict[str, str]) -> str:
        """Return what a missing brand or an emptied stock makes of a row."""
        lookup, stock = self._columns["brand_id"].lookup, self._columns["stock"]
        missing = cells["brand"] not in ("", *held.brands)
        fates = []
        if lookup and missing:
            fates.append(
                {OnMissing.REJECT: "rejected", OnMissing.SKIP_ROW: "skipped"}.get(lookup.on_missing)
            )
        meant = not (stock.insert_only if old else stock.update_only)
        if meant and not cells["stock"] and self._on_empty("stock") is OnEmpty.CLEAR:
            fates.append("rejected")
        return "rejected" if "rejected" in fates else next(filter(None, fates), "")

    def _written(
        self, held: Shop, old: Row | None, cells: dict[str, str]
    ) -> Iterator[tuple[str, Any]]:
        """Yield the columns that a row writes, with their values."""
        if "kind" in self._columns:
            yield "kind", self._columns["kind"].constant
        for name, header in (("name", "name"), ("stock", "stock"), ("brand_id", "brand")):
            column, cell = self._columns[name], cells[header]
            if column.insert_only if old else column.update_only:
                continue
            if cell:
                yield header, self._value(held, header, cell)
            elif self._on_empty(name) is OnEmpty.CLEAR:
                yield header, None
            elif self._on_empty(name) is OnEmpty.DEFAULT:
                yield header, self._value(held, header, column.default or "")

    def _value(self, held: Shop, header: str, cell: str) -> Any:
        if header == "stock":
            return int(cell)
        lookup = self._columns["brand_id"].lookup
        creates = lookup is not None and lookup.on_missing is OnMissing.CREATE
        if header == "brand" and cell not in held.brands and not creates:
            return None
        return cell

    def _on_empty(self, name: str) -> OnEmpty:
        said = self._columns[name].on_empty
        replaces = self._descriptor.mode is Mode.REPLACE and said is OnEmpty.KEEP
        return OnEmpty.CLEAR if replaces else said

    def _create_brand(self, shop: Shop, cells: dict[str, str]) -> None:
        lookup, brand = self._columns["brand_id"].lookup, cells["brand"]
        creates = lookup is not None and lookup.on_missing is OnMissing.CREATE
        if creates and brand and brand not in shop.brands:
            shop.brands.add(brand)
            shop.note("shop.brand", "INSERT", brand, {})

    def _remove(self, shop: Shop, code: str) -> None:
        """Delete or deactivate a row that the files do not have."""
        if self._descriptor.full_feed.on_absent is OnAbsent.DELETE:
            self._note_deletion(shop, code)
            return
        row = shop.goods[code]
        shop.note("shop.goods", "UPDATE", code, {"active": [row["active"], False]})
        row["active"] = False

    def _note_deletion(self, shop: Shop, code: str) -> None:
        row = {"code": code, **shop.goods.pop(code)}
        named = {"brand_id": "brand"}
        before = {named.get(n, n): [row[named.get(n, n)], None] for n in self._columns}
        shop.note("shop.goods", "DELETE", code, before)


def _rejected(file: File) -> Counts:
    return Counts(read=len(file), rejected=len(file))
