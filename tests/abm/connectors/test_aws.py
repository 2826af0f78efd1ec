"""Signatures of Amazon Web Services, on the examples that Amazon publishes."""

from datetime import UTC, datetime

import pytest

from abm.connectors.mail.aws import Keys, Scope, read_keys, signed_headers
from abm.errors import BadConfiguration

# "Signature Version 4 test suite" and the example of IAM's ListUsers in the AWS General Reference.
KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def signature(headers: dict[str, str]) -> str:
    return headers["authorization"].rpartition("Signature=")[2]


def test_a_post_is_signed_as_in_the_test_suite() -> None:
    headers = signed_headers("POST", "https://example.amazonaws.com/", {}, b"", KEYS, Scope("us-east-1", "service"), AT)

    assert signature(headers) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    assert headers["x-amz-date"] == "20150830T123600Z"


def test_a_question_with_a_query_and_a_header_is_signed_as_in_the_reference() -> None:
    url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    headers = signed_headers("GET", url, kind, b"", KEYS, Scope("us-east-1", "iam"), AT)

    assert signature(headers) == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


def test_a_short_lived_key_is_signed_with_its_token() -> None:
    keys = read_keys("AKIDEXAMPLE:secret:to:ken")
    headers = signed_headers("POST", "https://example.amazonaws.com/", {}, b"", keys, Scope("us-east-1", "ses"), AT)

    assert headers["x-amz-security-token"] == "to:ken"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in headers["authorization"]


@pytest.mark.parametrize("text", ["", "AKIDEXAMPLE", ":secret", "AKIDEXAMPLE:"])
def test_a_key_without_its_other_half_is_told(text: str) -> None:
    with pytest.raises(BadConfiguration, match="ACCESS_KEY_ID:SECRET"):
        read_keys(text)
