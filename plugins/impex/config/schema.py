"""The JSON Schema of a file, with which editors complete and check while people type."""

from typing import Any

from impex.config.models import GroupModel
from impex.config.options import Options


def group_schema() -> dict[str, Any]:
    """Return the JSON Schema of group files."""
    return schema_of(GroupModel, "Data group")


def schema_of(model: type[Options], title: str) -> dict[str, Any]:
    """Return the JSON Schema of files that a model reads."""
    schema = _for_people(model.model_json_schema(ref_template="#/$defs/{model}"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _for_people(node: Any) -> Any:
    """Drop what YAML people never write: null, and titles that repeat the option's name."""
    if isinstance(node, list):
        return [_for_people(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _for_people(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and value is None)
    }
    if "null" in kept.get("enum", []):
        # An editor reads the word null as no value, the loader reads it as a word.
        kept |= {"enum": [*kept["enum"], None], "type": ["string", "null"]}
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        kept = {**choices[0], **kept}
    elif choices:
        kept["anyOf"] = choices
    return kept
