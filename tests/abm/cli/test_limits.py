"""`abm messages limits` and `limit`: how many mails leave a minute and at once."""

from campaigns.pace import ALL_BY_DEFAULT, OTHERS_BY_DEFAULT
from tests.abm.cli.conftest import Command


def test_limits_are_shown_changed_and_dropped(abm: Command) -> None:
    unlimited = [(one.name, one.at_once) for one in (ALL_BY_DEFAULT, OTHERS_BY_DEFAULT)]
    assert [(one["name"], one["at_once"]) for one in abm("messages", "limits", "--json").json] == unlimited

    abm("messages", "limit", "-", "--per-minute", 120)
    made = abm("messages", "limit", "google", "--domains", "gmail.com,googlemail.com", "--at-once", 2, "--json")
    slower = abm("messages", "limit", "google", "--per-minute", 60, "--json").json
    listed = abm("messages", "limits", "--json").json
    dropped = abm("messages", "limit", "google", "--drop", "--json").json
    unknown = abm("messages", "limit", "google", "--drop")
    nameless = abm("messages", "limit", "yahoo", "--at-once", 2)

    assert made.json["domains"] == ["gmail.com", "googlemail.com"]
    assert (slower["per_minute"], slower["at_once"]) == (60, 2)
    assert [(one["name"], one["per_minute"]) for one in listed] == [("*", None), ("-", 120), ("google", 60)]
    assert dropped == {"name": "google", "dropped": True}
    assert (unknown.code, nameless.code) == (1, 1)
    assert "names no domain" in nameless.err
