"""Two people may overrule a judgement, never a fact."""

import pytest

from contracts import GateFinding
from services.respond.overriding import is_overridable


@pytest.mark.parametrize(
    ("code", "may"),
    [
        ("defensive_denial", True),
        ("asks_generic_help", True),
        ("open_door_without_answer", True),
        ("similar", True),
        ("no_action_or_time", True),
        ("claims_fixed", False),
        ("promise", False),
        ("private_data", False),
        ("goodwill_for_review", False),
        ("link", False),
        ("too_long", False),
        ("empty", False),
    ],
)
def test_judgements_may_be_overruled_and_facts_may_not(code: str, may: bool) -> None:
    assert is_overridable(GateFinding(code=code)) is may
