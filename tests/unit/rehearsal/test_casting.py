"""Everybody in a directory gets a mailbox of the rehearsal, and nobody else is ever written to."""

import yaml

from deploy.rehearsal.casting import cast
from services.notify.directory import load_directory

DIRECTORY = """
companies: [{id: co, name: Co, kind: shop, account: "@co"}]
region_owners: [{id: north, name: Ann, company: co, email: ann@real.example, webhook_url: "https://real.example/x"}]
processes: [{id: bills, company: co, matter: bills, owner: Head of Bills}]
branches:
- {id: a, company: co, name: A, address: 1 A, city: T, region: R, country: "NO", lat: 1, lon: 2, timezone: Europe/Oslo,
   region_owner: north, account: "@co_a", deputy: {name: Bo, email: bo@real.example}}
extra_branches:
- {id: b, company: co, name: B, address: 1 B, city: T, region: R, country: GB, postcode: 0123, lat: 1, lon: 2,
   timezone: Europe/London, region_owner: north, manager: {name: Cy, email: cy@real.example}}
"""


def test_no_real_address_is_left() -> None:
    made = cast(DIRECTORY)

    assert "real.example" not in made.directory
    assert made.mailbox_of == {
        "north": "owner.north@rehearsal.invalid",
        "bills": "process.bills@rehearsal.invalid",
        "a": "manager.a@rehearsal.invalid",
        "b": "manager.b@rehearsal.invalid",
    }


def test_the_cast_is_a_directory_with_every_manager_and_no_deputy_that_was_not_there() -> None:
    directory = load_directory(cast(DIRECTORY).directory, "cast")

    a, b = directory.branch("a"), directory.branch("b")
    assert a.manager is not None
    assert a.manager.name == "Manager of A"
    assert b.manager is not None
    assert b.manager.name == "Cy"
    assert a.deputy is not None
    assert b.deputy is None
    assert (a.country, b.postcode) == ("NO", "0123")


def test_every_account_of_a_company_is_known_and_every_channel_a_story_uses() -> None:
    channels = yaml.safe_load(cast(DIRECTORY).channels({"carrier_pigeon"}))

    assert channels["accounts"] == {"@co": "co", "@co_a": "co"}
    assert channels["channels"]["carrier_pigeon"]["reply_allowed"] is True
    assert channels["channels"]["google"]["replies_max"] == 1
