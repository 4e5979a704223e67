"""Who says what in the demo, and what the bank's staff do about it. Everybody here is invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ACCOUNT = "@harbourvale"
HIGH_STREET = {"lat": 51.40123, "lon": -2.60095, "name": "High Street, Westhaven"}


@dataclass(frozen=True)
class Says:
    """One customer, at so many seconds into the story."""

    at_seconds: float
    channel: str
    author: str
    text: str
    place: Mapping[str, Any] | None = None

    def as_item(self, external_id: str, now: datetime) -> dict[str, Any]:
        """As a channel would post it to us."""
        item = {
            "channel": self.channel,
            "external_id": external_id,
            "account": ACCOUNT,
            "author": self.author,
            "text": self.text,
            "posted_at": now.isoformat(),
        }
        return item | ({"place": dict(self.place)} if self.place else {})


QUEUE: Sequence[Says] = (
    Says(
        0.0,
        "x",
        "@marlow",
        "@harbourvale queue at your High Street branch is out of the door, 40 minutes and counting",
        HIGH_STREET,
    ),
    Says(0.5, "x", "@tess_k", "One counter open at the High Street branch. One. There are thirty of us waiting."),
    Says(0.8, "mastodon", "@odile@town.example", "35 min in line at High Street, Westhaven. Lunch break gone."),
    Says(1.1, "google", "P. Arden", "Very long wait at the High Street branch today, the line did not move at all."),
    Says(1.4, "x", "@bram", "Stuck in the longest queue ever at your High Street branch", HIGH_STREET),
    Says(1.7, "x", "@nils_h", "Why is there only one till open at High Street on pay day? Been waiting 25 minutes."),
    Says(2.0, "mastodon", "@jude@town.example", "Still queueing at your High Street branch. Nobody seems in a hurry."),
    Says(2.3, "facebook", "Cora Lindt", "Waited half an hour at High Street and gave up. Please open another counter."),
    Says(2.6, "google", "Gwen T.", "High Street branch: slow service and a queue out on the pavement."),
    Says(2.9, "x", "@samir", "the line in the high street branch has not moved for 20 min, my meter is running"),
    Says(3.2, "facebook", "Ruth Abel", "45 minutes in the queue at High Street with a baby. Not good enough."),
    Says(3.5, "x", "@lottie", "Your High Street branch again: huge queue, two counters closed, no explanation."),
)

OTHERS: Sequence[Says] = (
    Says(1.0, "x", "@peony", "Love the new app, transfers take seconds now. Well done!"),
    Says(
        1.6,
        "x",
        "@gruff",
        "You useless muppets, the cash machine at your Station Road branch has been broken for 3 days. 3 bloody days!",
    ),
    Says(2.2, "x", "@spite", "you are all scum, rot in hell"),
    Says(
        2.8,
        "facebook",
        "Hal Iver",
        "Filthy floor and overflowing bins in the branch today, really unpleasant.",
        {"lat": 51.3939, "lon": -2.6030, "name": "Harbourside"},
    ),
)

MENTIONS: Sequence[Says] = tuple(sorted((*QUEUE, *OTHERS), key=lambda says: says.at_seconds))


@dataclass(frozen=True)
class Answers:
    """What somebody does about a work order: which button, with which words, after so many seconds."""

    after_seconds: float
    action: str
    fields: Mapping[str, str]
    told: str


def staff(name: str) -> str:
    """A colleague's address."""
    return f"{name}@staff.harbourvale.example"


STAFF: Mapping[str, Answers] = {
    staff("mia.cole"): Answers(
        6.0, "report", {"text": "moved two people to the counter, 5 min"}, "moved two people to the counter, 5 min"
    ),
    staff("omar.reid"): Answers(
        4.0, "report", {"text": "repaired the cash machine, working again"}, "repaired the cash machine, working again"
    ),
    staff("ben.otley"): Answers(2.0, "wrong_branch", {}, "this is not our branch"),
    staff("nora.quill"): Answers(2.0, "pick", {"branch": "market-hall"}, "it is Market Hall"),
    staff("ivy.marsh"): Answers(
        2.0, "report", {"text": "cleaned the whole floor and emptied the bins"}, "cleaned the floor, emptied the bins"
    ),
}
"""Whose phone does what. The last three are the wrong place: not ours, it is that one, done."""

LOOPS_EXPECTED = 14
"""Twelve of the queue, one of the cash machine, one of the wrong place."""
