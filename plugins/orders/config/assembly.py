"""Turns the validated options of a file into a feed."""

from collections.abc import Iterable

from impex.config.options import Options
from impex.config.sizes import size_in_bytes
from orders.config.fields import length
from orders.config.models import (
    AcknowledgementModel,
    FeedModel,
    LinesModel,
    ScansModel,
    SourceModel,
)
from orders.domain.acknowledgement import Acceptance
from orders.domain.feed import Acknowledging, Feed, Origin, Parts, Push, Python, Source, Table
from orders.domain.tracking import TrackingStatus

_OF_EVENTS = (
    "identity",
    "order_number",
    "delivery_number",
    "occurred_at",
    "sequence",
    "trigger",
)


def assemble_feed(name: str, model: FeedModel) -> Feed:
    """Return the feed of options that have passed all rules."""
    return Feed(
        name=name,
        source=_source(model.source),
        title=model.title,
        supplier=model.supplier,
        patience_s=length(model.patience).total_seconds(),
        format=model.format,
        namespaces=model.namespaces,
        timezone=model.timezone or "",
        only=model.only,
        each=model.each or "",
        fields=_origins(model, _OF_EVENTS),
        acknowledgement=_acknowledging(model.acknowledgement),
        data=model.data,
        lines=_parts(model.lines),
        scans=_parts(model.scans),
        counting=model.counting,
        statuses={word: TrackingStatus(status) for word, status in model.statuses.items()},
        unknown_status=model.unknown_status,
        fires=model.fires,
        may_fire=frozenset(model.may_fire),
    )


def _source(model: SourceModel) -> Source:
    if model.push is not None:
        push = model.push
        return Push(push.connection, push.signature, size_in_bytes(push.size), push.rate)
    if model.table is not None:
        return Table(model.table.name, model.table.cursor)
    if model.python is not None:
        return Python(model.python)
    raise AssertionError


def _acknowledging(model: AcknowledgementModel | None) -> Acknowledging | None:
    if model is None:
        return None
    statuses = {word: Acceptance(status) for word, status in model.statuses.items()}
    return Acknowledging(
        model.exporters,
        _origins(model, ("message", "status", "reference", "reason")),
        {status.value: status for status in Acceptance} | statuses,
    )


def _parts(model: LinesModel | ScansModel | None) -> Parts | None:
    if model is None:
        return None
    names = [name for name in type(model).model_fields if name != "each"]
    return Parts(model.each or "", _origins(model, names))


def _origins(model: Options, names: Iterable[str]) -> dict[str, Origin]:
    found = {name: getattr(model, name) for name in names}
    return {name: origin for name, origin in found.items() if origin is not None}
