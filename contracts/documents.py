"""Describes the events to people and programs that do not read Python: JSON Schemas and one AsyncAPI document.

Both are derived from the models and say what is on the wire: times are strings, `sequence` is a string, and
what is not known is left out, never null. Returns plain dictionaries; docs/generate.py writes them down.
"""

from collections.abc import Mapping
from typing import Any

from contracts import DATA_FIELD, EVENTS, STREAMS, Envelope, Event

JsonObject = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
API_VERSION = "1.0.0"
REQUIRED_BY_CLOUDEVENTS = ("specversion", "id", "source", "type")

_DEFINITIONS = "#/$defs/"
_COMPONENTS = "#/components/schemas/"


def service_of(stream: str) -> str:
    """The one service that writes `stream`."""
    return _WRITERS[stream]


_WRITERS = {
    "amends:mentions": "ingest",
    "amends:assessments": "classify",
    "amends:incidents": "notify",
    "amends:responses": "respond",
}


def event_schema(event: type[Event]) -> JsonObject:
    """JSON Schema 2020-12 of one stream entry: the envelope around `event`."""
    generated = Envelope[event].model_json_schema(mode="serialization")  # type: ignore[valid-type]  # parametrised at run time
    schema: JsonObject = _on_the_wire(generated)
    schema["properties"]["type"] = {"const": event.type}
    schema["properties"]["subject"]["format"] = "uuid"
    schema["required"] = _required(schema)
    schema["description"] = _documentation(event)
    return {"$schema": DIALECT, "$id": f"urn:amends:schema:{event.type}", "title": event.__name__} | schema


def _required(schema: JsonObject) -> list[str]:
    named = {*REQUIRED_BY_CLOUDEVENTS, *schema["required"]}
    return [name for name in schema["properties"] if name in named]


def _documentation(model: type) -> str:
    return " ".join((model.__doc__ or "").split())


def _on_the_wire(node: Any) -> Any:
    """`node` without null (absent fields are left out) and without titles that only repeat a field's name."""
    if isinstance(node, list):
        return [_on_the_wire(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _named(key, value) for key, value in node.items() if not _is_noise(key, value)}
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    return _without_null(kept)


def _named(key: str, value: Any) -> Any:
    """Names of fields and models are kept as they are: a field may be called `title` or `default`."""
    if key in ("properties", "$defs"):
        return {name: _on_the_wire(schema) for name, schema in value.items()}
    return _on_the_wire(value)


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)


def _without_null(schema: JsonObject) -> JsonObject:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    only: JsonObject = choices[0]
    return only | {key: value for key, value in schema.items() if key != "anyOf"}


def asyncapi_document(samples: Mapping[str, JsonObject] | None = None) -> JsonObject:
    """AsyncAPI 3.0: streams are channels, events are messages. `samples` (by event type) become their examples."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Amends events",
            "version": API_VERSION,
            "description": (
                "What Amends hears, decides, gets fixed and says, on Redis streams. One entry is one CloudEvents 1.0 "
                f"JSON object in the field {DATA_FIELD.decode()}. Every event reaches every registered group at least "
                "once with a stable id; order is a hint only."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {_channel_name(stream): _channel(stream) for stream in STREAMS},
        "operations": {f"{service_of(stream)}Sends": _operation(stream) for stream in STREAMS},
        "components": {
            "messages": {event.type: _message(event, (samples or {}).get(event.type)) for event in EVENTS},
            "schemas": _component_schemas(),
        },
    }


def _channel_name(stream: str) -> str:
    return stream.partition(":")[2]


def _events_of(stream: str) -> list[type[Event]]:
    return [event for event in EVENTS if event.stream == stream]


def _channel(stream: str) -> JsonObject:
    return {
        "address": stream,
        "description": f"A Redis stream that only {service_of(stream)} writes. Given up on: {stream}:dead.",
        "messages": {event.type: {"$ref": f"#/components/messages/{event.type}"} for event in _events_of(stream)},
    }


def _operation(stream: str) -> JsonObject:
    channel = f"#/channels/{_channel_name(stream)}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"} for event in _events_of(stream)],
    }


def _message(event: type[Event], sample: JsonObject | None) -> JsonObject:
    message = {
        "name": event.type,
        "title": event.__name__,
        "summary": _documentation(event),
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {"$ref": f"{_COMPONENTS}{event.type}"},
    }
    return message if sample is None else message | {"examples": [{"payload": sample}]}


def _component_schemas() -> JsonObject:
    """Envelopes by event type, and once each what they share."""
    envelopes, shared = {}, {}
    for event in EVENTS:
        schema = _moved(event_schema(event))
        shared.update(schema.pop("$defs"))
        envelopes[event.type] = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
    return envelopes | dict(sorted(shared.items()))


def _moved(node: Any) -> Any:
    """`node` with its references pointing into the AsyncAPI document's components."""
    if isinstance(node, list):
        return [_moved(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _reference(value) if key == "$ref" else _moved(value) for key, value in node.items()}


def _reference(value: str) -> str:
    return value.replace(_DEFINITIONS, _COMPONENTS, 1)
