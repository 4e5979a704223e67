"""Standard Webhooks signatures: what is accepted, and that nothing else ever comes out than two kinds of refusal."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.webhooks import SecretMalformed, SignatureMalformed, SignatureRefused, key_of, sign, verify
from tests.builders import NOON

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
BODY = b'{"a": 1}'
SECONDS = int(NOON.timestamp())


def test_a_signature_of_any_of_our_secrets_is_accepted() -> None:
    for secret in (OLD, NEW):
        assert verify(sign(secret, "msg_1", SECONDS, BODY), BODY, [OLD, NEW], NOON) == "msg_1"


def test_the_scheme_is_the_one_of_the_specification() -> None:
    # The example of the specification's reference libraries.
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_one_right_signature_among_several_is_enough() -> None:
    headers = sign(NEW, "msg_1", SECONDS, BODY)
    wrong = sign(OLD, "msg_1", SECONDS, BODY)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,whatever {wrong} {headers['webhook-signature']}"
    assert verify(headers, BODY, [NEW], NOON) == "msg_1"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_signature_five_minutes_away_is_refused(seconds: int) -> None:
    headers = sign(NEW, "msg_1", SECONDS, BODY)
    with pytest.raises(SignatureRefused, match="300 s away"):
        verify(headers, BODY, [NEW], NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("changed", [b'{"a": 2}', BODY + b" "])
def test_a_changed_body_is_refused(changed: bytes) -> None:
    with pytest.raises(SignatureRefused):
        verify(sign(NEW, "msg_1", SECONDS, BODY), changed, [NEW], NOON)


def test_an_old_secret_that_was_taken_away_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        verify(sign(OLD, "msg_1", SECONDS, BODY), BODY, [NEW], NOON)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_malformed_and_named(missing: str) -> None:
    headers = sign(NEW, "msg_1", SECONDS, BODY)
    del headers[missing]
    with pytest.raises(SignatureMalformed, match=missing):
        verify(headers, BODY, [NEW], NOON)


@pytest.mark.parametrize("secret", ["nothing", "whsec_###", "whsec_c2hvcnQ=", "bm8gcHJlZml4LCBsb25nIGVub3VnaA=="])
def test_a_secret_that_is_none_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(SecretMalformed) as refused:
        key_of(secret)
    assert secret not in str(refused.value)


@given(
    headers=st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()),
    body=st.binary(),
)
def test_whatever_the_headers_hold_it_is_malformed_or_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises((SignatureMalformed, SignatureRefused)):
        verify(headers, body, [NEW], NOON)


@given(signature=st.text(alphabet="v1,= ABCabc+/9é\x00"), timestamp=st.text(alphabet="0123456789-.e١"))
def test_nearly_right_headers_are_malformed_or_refused(signature: str, timestamp: str) -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}
    with pytest.raises((SignatureMalformed, SignatureRefused)):
        verify(headers, BODY, [NEW], NOON)
