"""What two people together may overrule, and what stays blocked whatever they say. Pure."""

from contracts import GateFinding

OVERRIDABLE = ("defensive_", "asks_", "open_door_", "not_specific_to_the_mention", "no_action_or_time", "similar")
"""Matters of judgement. Claims, promises, privacy, goodwill, links, length and injection are matters of fact or law."""


def is_overridable(finding: GateFinding) -> bool:
    """Whether a second person may let this pass."""
    return finding.code.startswith(OVERRIDABLE)
