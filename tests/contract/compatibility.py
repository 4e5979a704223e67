"""What a change of an event's schema would break for those who read it.

Within a version readers of the published schema must go on reading what we send: nothing they were promised may go
away or change its shape. Adding an optional field is fine; a new value of a closed set is not, since they switch on it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def breaking_changes(published: Schema, now: Schema) -> list[str]:
    """Each names the place and what is wrong there; none: every reader of the published schema is served."""
    return list(_compare(published, now, Trees(published, now), "", frozenset()))


class Trees:
    """Both documents, to follow their references."""

    def __init__(self, published: Schema, now: Schema) -> None:
        self._published, self._now = published, now

    def published(self, node: Schema) -> Schema:
        return _followed(self._published, node)

    def now(self, node: Schema) -> Schema:
        return _followed(self._now, node)


def _followed(document: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        found: Any = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _compare(old: Schema, new: Schema, trees: Trees, path: str, seen: frozenset[str]) -> Iterator[str]:
    reference = str(old.get("$ref", ""))
    if reference and reference in seen:
        return
    seen = seen | {reference} if reference else seen
    old, new = trees.published(old), trees.now(new)
    here = path or "the event"
    for word in ("type", "const", "format", "pattern"):
        if word in old and old[word] != new.get(word):
            yield f"{here}: {word} was {old[word]!r} and is {new.get(word)!r}"
    if "enum" in old and set(new.get("enum", ())) - set(old["enum"]):
        yield f"{here}: new values {sorted(set(new['enum']) - set(old['enum']))}"
    yield from _compare_properties(old, new, trees, path, seen)
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), Mapping):
            yield from _compare(old[word], new.get(word) or {}, trees, f"{path}[]", seen)


def _compare_properties(old: Schema, new: Schema, trees: Trees, path: str, seen: frozenset[str]) -> Iterator[str]:
    properties = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        inside = f"{path}.{name}".lstrip(".")
        if name not in properties:
            yield f"{inside}: is gone"
        else:
            yield from _compare(field, properties[name], trees, inside, seen)
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        yield f"{f'{path}.{name}'.lstrip('.')}: was always there and may now be missing"
