"""`amends gate` says what the gates say, line by line."""

import argparse
import io
import json

import pytest

from services.respond.gating import Row, gate, run_gate


def said(reply: str, mention: str = "45 minutes in the queue at Ealing", **more: object) -> dict[str, object]:
    return gate(Row.model_validate({"id": "a", "mention": mention, "reply": reply, **more}))


def codes(answer: dict[str, object]) -> set[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return {reason["code"] for reason in reasons}


def test_a_defensive_reply_is_blocked_with_the_clause_that_does_it() -> None:
    answer = said("Thank you. As per our policy, waiting times can occur.")
    assert answer["blocked"] is answer["defensive"] is True
    assert answer["asks_generic_help"] is False


def test_a_generic_offer_is_named_and_blocks_only_where_the_problem_is_stated() -> None:
    assert said("Sorry about the queue! How can we help?")["blocked"] is True
    open_question = said("Hello! How can we help?", mention="hello?? anybody there")
    assert open_question["asks_generic_help"] is True
    assert "asks_generic_help" not in codes(open_question)
    assert "asks_generic_help" not in codes(said("Sorry! How can we help?", problem_stated=False))


def test_claims_are_judged_only_where_the_record_is_given() -> None:
    text = "Sorry about the queue, 45 minutes is far too long. It is fixed now."
    assert "claims_fixed" not in codes(said(text))
    assert "claims_fixed" in codes(said(text, record={}))
    assert "claims_fixed" not in codes(said(text, record={"fixed": "opened two counters"}))


def test_what_was_said_before_is_compared_where_it_is_given() -> None:
    text = "We are sorry about the long wait. Two more counters opened at ten."
    assert "similar" in codes(said(text, recent=[text]))


def test_lines_come_back_in_order_and_a_bad_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.dumps({"id": n, "mention": "cold soup", "reply": "Sorry for the cold soup."}) for n in (2, 1)]
    code = run_gate(argparse.Namespace(file=io.StringIO("\n".join([lines[0], "{}", lines[1]]))))
    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == [2, 1]
    assert "line 2" in err
    assert code == 1
