"""Logs as JSON facts, and what every service measures of itself.

A log line is a constant fact in snake_case with fields. Never the text of a mention, never its author.
"""

import logging
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

WAIT_BUCKETS = (
    *(1, 2, 5, 10, 20, 30),
    *(60, 120, 300, 600, 1200, 1800),
    *(3_600, 7_200, 14_400, 28_800, 43_200),
    *(86_400, 172_800, 259_200, 604_800),
)
"""Seconds a customer or a colleague waits: from one second to seven days."""

EVENTS_HANDLED = Counter(
    "amends_events_handled_total", "Events handled for the first time, by type", ["service", "type"]
)
EVENTS_REPEATED = Counter("amends_events_repeated_total", "Deliveries of what was handled before", ["service"])
BATCH_SECONDS = Histogram("amends_batch_seconds", "One batch, from delivery to commit", ["service", "stream"])
DEAD_LETTERED = Counter(
    "amends_dead_letters_total",
    "Events given up on; each waits for a person: amends dead list",
    ["service", "stream", "reason"],
)
DEAD_LETTERS_OPEN = Gauge("amends_dead_letters_open", "Dead letters nobody has redriven; should be 0", ["service"])
GROUP_LAG = Gauge("amends_group_lag_entries", "Entries the group has not been given yet", ["stream", "group"])
GROUP_PENDING = Gauge("amends_group_pending_entries", "Entries given and not acknowledged", ["stream", "group"])
RELAYED = Counter("amends_events_relayed_total", "Outbox rows published to the stream", ["service"])
REPUBLISHED = Counter(
    "amends_events_republished_total", "Events published again after Redis lost something", ["service", "evidence"]
)
OUTBOX_UNSENT = Gauge("amends_outbox_unsent_rows", "Outbox rows not published yet", ["service"])
OUTBOX_AGE = Gauge("amends_outbox_oldest_age_seconds", "Age of the oldest row not published yet", ["service"])
TIMERS_OVERDUE = Gauge("amends_timers_overdue", "Timers due for over ten seconds and not fired", ["service"])
TIMERS_PARKED = Gauge("amends_timers_parked", "Timers given up on; each needs a person", ["service"])
DISPATCHES = Counter("amends_dispatches_total", "Effects settled, by how they ended", ["service", "adapter", "outcome"])
DISPATCH_SECONDS = Histogram("amends_dispatch_seconds", "One call to the outside", ["service", "adapter"])
DISPATCH_LATE = Counter(
    "amends_dispatch_late_results_total",
    "Calls that came back after their lease was lost: an effect may have happened twice",
    ["service", "adapter"],
)
DISPATCHES_OPEN = Gauge("amends_dispatches_open", "Effects ordered and not settled", ["service", "status"])
LOOP_FAILURES = Counter("amends_loop_failures_total", "Failed rounds of a background loop", ["service", "loop"])
READER_RESTARTS = Counter(
    "amends_reader_restarts_total", "Times a stream's reader was found stopped and started again", ["service", "stream"]
)


def configure_logging(service: str, level: str = "INFO") -> None:
    """One JSON object per line on stdout; libraries' warnings take the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Never the locals: they hold what customers wrote.
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
