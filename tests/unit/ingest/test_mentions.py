"""What a channel may send, and what is said about what it may not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Mention
from services.ingest.channels import Channels, ChannelsRefused, load_channels
from services.ingest.mentions import (
    BodyUnreadable,
    Deletion,
    Intake,
    MentionsRefused,
    author_key,
    parse_items,
    read_item,
    read_items,
)
from tests.builders import NOON

CHANNELS = load_channels(
    """
accounts: {"@harbourvale": harbour}
channels:
  x: {reply_allowed: true, reason: public reply, max_length: 280, replies_max: 2, reply_within_hours: 24}
""",
    "channels.yaml",
)


def an_intake(**changes: Any) -> Intake:
    usual: dict[str, Any] = {"channels": CHANNELS, "author_secret": b"s" * 16, "received_at": NOON}
    return Intake(**(usual | changes))


def an_item(**changes: Any) -> dict[str, Any]:
    usual = {
        "channel": "x",
        "external_id": "17",
        "account": "@HarbourVale",
        "author": "@tired",
        "text": "Forty minutes in line for one stamp",
        "posted_at": NOON.isoformat(),
    }
    return usual | changes


def read(**changes: Any) -> Mention:
    mention = read_item(an_item(**changes), an_intake())
    assert isinstance(mention, Mention)
    return mention


def problem_with(**changes: Any) -> dict[str, Any]:
    with pytest.raises(MentionsRefused) as refused:
        read(**changes)
    [problem] = refused.value.errors
    return dict(problem)


def test_the_account_says_the_company_whatever_its_case() -> None:
    assert read().company == "harbour"


def test_without_a_permission_the_channel_decides() -> None:
    permission = read().permission
    assert (permission.reply_allowed, permission.max_length, permission.replies_max) == (True, 280, 2)
    assert permission.reply_until == NOON + timedelta(hours=24)


def test_a_permission_of_its_own_goes_before_the_channels() -> None:
    assert read(permission={"reply_allowed": False, "reason": "protected"}).permission.reply_allowed is False


def test_without_either_no_reply_is_permitted() -> None:
    assert read(channel="noticeboard").permission.reply_allowed is False


def test_the_wait_of_a_webhook_counts_from_the_post_and_of_an_import_from_its_arrival() -> None:
    hour_ago = (NOON - timedelta(hours=1)).isoformat()
    assert read(posted_at=hour_ago).waiting_since == NOON - timedelta(hours=1)
    imported = read_item(an_item(posted_at=hour_ago), an_intake(imported=True))
    assert isinstance(imported, Mention)
    assert imported.waiting_since == NOON


def test_what_nobody_can_see_is_taken_out_of_the_text() -> None:
    assert read(text="shut\u202e again\x07").text == "shut again"


REFUSED = [
    pytest.param({"text": ""}, "text", id="no text"),
    pytest.param({"text": "\u202e\u200f"}, "text", id="invisible text"),
    pytest.param({"text": "a" * 10_001}, "text", id="too much text"),
    pytest.param({"text": "a\x00b"}, "text", id="a NUL"),
    pytest.param({"place": {"name": "Le\x00eds"}}, "place.name", id="a NUL further in"),
    pytest.param({"author": "\ud800"}, "author", id="half a character"),
    pytest.param({"account": "@somebodyelse"}, "account", id="an account nobody has"),
    pytest.param({"posted_at": "2026-11-16T12:00:00"}, "posted_at", id="a time without a zone"),
    pytest.param({"posted_at": (NOON + timedelta(minutes=11)).isoformat()}, "posted_at", id="a time to come"),
    pytest.param({"place": {"lat": 91}}, "place.lat", id="a latitude off the globe"),
    pytest.param({"url": "javascript:alert(1)"}, "url", id="an address that is none"),
    pytest.param({"version": 0}, "version", id="version 0"),
    pytest.param({"channel": "X!"}, "channel", id="a channel with no name"),
    pytest.param({"postedat": "now"}, "postedat", id="a misspelt field"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    assert problem_with(**changes)["field"] == field


def test_a_refusal_never_repeats_what_was_said() -> None:
    assert "stamp" not in str(problem_with(text=["Forty minutes in line for one stamp"]))


def test_every_wrong_item_of_a_batch_is_named_by_its_index() -> None:
    with pytest.raises(MentionsRefused) as refused:
        read_items([an_item(), an_item(text=""), 5, an_item(version=0)], an_intake())
    assert [error["index"] for error in refused.value.errors] == [1, 2, 3]


def test_a_deletion_needs_only_the_identity() -> None:
    raw = {"channel": "x", "external_id": "17", "deleted": True}
    assert isinstance(read_item(raw, an_intake()), Deletion)


def test_an_author_key_tells_authors_apart_and_needs_the_secret() -> None:
    one, other = author_key("x", "@a", b"s" * 16), author_key("x", "@b", b"s" * 16)
    assert len({one, other, author_key("x", "@a", b"t" * 16), author_key("y", "@a", b"s" * 16)}) == 4


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}'])
def test_a_body_that_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        parse_items(body, 500)


@pytest.mark.parametrize("body", [b"[]", b"[1,2,3]"])
def test_a_batch_has_bounds(body: bytes) -> None:
    with pytest.raises(MentionsRefused, match="1 problems"):
        parse_items(body, 2)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*an_item(), "place", "deleted"]), inner),
)


@given(raw=JSON)
def test_whatever_comes_is_read_or_refused(raw: Any) -> None:
    errors = []
    try:
        assert isinstance(read_item(raw, an_intake()), Mention | Deletion)
    except MentionsRefused as refused:
        errors = refused.errors
    assert all(error.keys() == {"field", "problem"} for error in errors)


def test_an_unknown_account_becomes_a_slug_where_the_file_says_so() -> None:
    assert Channels.model_validate({"unknown_accounts": "slug"}).company_of("@Some Air") == "some-air"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channels: {x: {reply_allowed: true}}", "channels.x.reason"),
        ("chanels: {}", "chanels"),
        ("accounts: [", "not YAML"),
        ("unknown_accounts: guess", "unknown_accounts"),
    ],
)
def test_a_wrong_file_is_refused_with_its_field(text: str, said: str) -> None:
    with pytest.raises(ChannelsRefused, match=r"channels\.yaml: ") as refused:
        load_channels(text, "channels.yaml")
    assert said in str(refused.value)
