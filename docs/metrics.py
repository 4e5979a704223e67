"""Describes every metric of the product, read from the code that counts it."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

import chassis
import services

HEADER = """# Metrics

Generated from the code by `make docs`. Every service serves them at `/metrics` on its `PROBES_PORT`; names and labels
are closed sets, and no label is an id, a handle or a text. Times are in seconds, sizes in rows or entries. What to do
about a value: [runbook](operations.md).
"""
KINDS = ((Counter, "counter"), (Gauge, "gauge"), (Histogram, "histogram"))


def modules() -> Iterator[ModuleType]:
    """All of the chassis and of every service."""
    for package in (chassis, services):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def metrics() -> dict[str, dict[str, MetricWrapperBase]]:
    """Who counts (chassis, or a service) → name as Prometheus shows it → metric, where it is defined."""
    found: dict[str, dict[str, MetricWrapperBase]] = {}
    for module in modules():
        parts = module.__name__.split(".")
        owner = parts[0] if parts[0] == "chassis" else parts[1]
        for value in vars(module).values():
            if isinstance(value, MetricWrapperBase) and not _known(found, value):
                found.setdefault(owner, {})[_name(value)] = value
    return found


def _known(found: dict[str, dict[str, MetricWrapperBase]], metric: MetricWrapperBase) -> bool:
    return any(metric is known for named in found.values() for known in named.values())


def _name(metric: MetricWrapperBase) -> str:
    family = next(iter(metric.describe()))
    return f"{family.name}_total" if isinstance(metric, Counter) else family.name


def metrics_document() -> str:
    """docs/metrics.md."""
    parts = [HEADER]
    for owner, named in metrics().items():
        heading = "Every service" if owner == "chassis" else owner
        parts.append(f"\n## {heading}\n\n| metric | type | labels | what it counts |\n|---|---|---|---|\n")
        parts += [_row(name, metric) for name, metric in sorted(named.items())]
    return "".join(parts)


def _row(name: str, metric: MetricWrapperBase) -> str:
    family = next(iter(metric.describe()))
    kind = next(kind for known, kind in KINDS if isinstance(metric, known))
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)
    return f"| `{name}` | {kind} | {labels} | {family.documentation} |\n"
