"""Plays one story: every input by its real way in, at its second, once everything due before it has happened.

Mentions, edits and deletions go through ingest's signed webhook; managers and owners open the link in the mail they
got, and answer on its page; approvers use the queue.
"""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from chassis.webhooks import sign
from contracts import OwnerRole, mention_id
from deploy.demo.town import Heard, Phone
from deploy.rehearsal.expectations import seconds_needed
from deploy.rehearsal.record import Happening, Record, Text, seconds_into
from deploy.rehearsal.stage import Stage, Stuck, Theatre, stage
from deploy.rehearsal.stories import Answers, Approves, Deletes, Edits, Input, Picks, Said, Story
from services.notify.links import Link

AFTERWARDS_SECONDS = 2 * 3_600.0
"""How long a story goes on after its last input: reports become final, nobody answers, people are told."""

Tell = Callable[[float, str, Mapping[str, Any]], None]
"""Is told what happens as it happens: seconds into the story, a name, and its data."""


LINK = re.compile(r"https?://[^\s/]+/a/[\w.~-]+")


class NotPossible(Exception):
    """A person in the story could not do what it says. The message says why."""


@dataclass(frozen=True)
class Door:
    """A link in a work order: to whom it was sent, and what it opens."""

    to: str
    url: str
    link: Link

    @property
    def incident(self) -> str:
        return str(self.link.incident_id)


async def play(theatre: Theatre, story: Story, region_of: Mapping[str, str], tell: Tell) -> Record:
    """The whole story on a fresh stage. What could not be played is among the record's troubles."""
    async with stage(theatre, story.start_at) as built, _phone() as phone:
        played = _Play(built, story, phone, tell)
        try:
            await played.all()
        except Stuck as error:
            played.troubles.append(f"stuck: {error}")
        return Record(
            story=story,
            happenings=tuple(played.happenings),
            texts=tuple(played.texts),
            troubles=(*played.troubles, *await built.troubles()),
            region_of=region_of,
        )


@asynccontextmanager
async def _phone() -> AsyncGenerator[Phone, None]:
    phone = Phone()
    try:
        yield phone
    finally:
        await phone.close()


@dataclass
class _Play:
    stage: Stage
    story: Story
    phone: Phone
    tell: Tell
    happenings: list[Happening] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    heard: int = 0
    mails: int = 0

    async def all(self) -> None:
        self.mails = len(self.stage.theatre.post.mails)
        for item in self.story.inputs:
            await self._wait_until(item.at_s)
            await self._do(item)
            await self.stage.settle()
            await self._note()
        await self._wait_until(self._ends_at_s())

    def _ends_at_s(self) -> float:
        last = max((item.at_s for item in self.story.inputs), default=0.0)
        usual = last + max(AFTERWARDS_SECONDS, seconds_needed(self.story.expected))
        return max(last, self.story.until_s) if self.story.until_s is not None else usual

    async def _wait_until(self, at_s: float) -> None:
        moment = self.story.at(at_s)
        while (due := await self.stage.due_before(moment)) is not None:
            await self.stage.move_to(due)
            await self._note()
        await self.stage.move_to(moment)
        await self._note()

    async def _do(self, item: Input) -> None:
        try:
            await DOES[type(item)](self, item)
        except NotPossible as error:
            self.troubles.append(f"at {item.at_s:g} s: {error}")
            self.tell(item.at_s, "trouble", {"what": str(error)})
        except (httpx.HTTPError, ValueError) as error:
            self.troubles.append(f"at {item.at_s:g} s: {type(item).__name__.lower()}: {error}")

    # What people do.

    async def say(self, said: Said) -> None:
        """A customer posts."""
        await self._post([self._item(said, said.text, said.at_s)])

    async def edit(self, edit: Edits) -> None:
        """A customer changes what they posted."""
        said = self._said(edit.mention)
        self.tell(edit.at_s, "edits", {"author": said.author, "text": edit.text})
        await self._post([self._item(said, edit.text, said.at_s)])

    async def delete(self, deletion: Deletes) -> None:
        """A customer takes it back."""
        said = self._said(deletion.mention)
        self.tell(deletion.at_s, "deletes", {"author": said.author})
        external_id = self.story.external_id(said.id)
        await self._post([{"channel": said.channel, "external_id": external_id, "deleted": True}])

    async def answer(self, answer: Answers) -> None:
        """Whoever was asked says what they did."""
        self.tell(answer.at_s, "answers", {"who": answer.whose, "text": answer.text})
        doors = DOORS_OF[_whose(answer)](self, answer)
        if not doors:
            raise NotPossible(f"there is no work order for {answer.whose}")
        open_ = [door for door in doors if door.incident not in self._closed()]
        door = best_door(answer.text, open_, self._words_of()) if open_ else doors[-1]
        await self._on_page(lambda: self._say(door, answer))

    async def _say(self, door: Door, answer: Answers) -> None:
        """On the page, as a person would: who has second thoughts takes the report back first."""
        page = await self.phone.look(door.url)
        if 'value="undo"' in page:
            await self.phone.tap(door.url, "undo")
            page = await self.phone.look(door.url)
        if 'value="report"' in page:
            await self.phone.say(door.url, answer.text)
        else:
            self.tell(answer.at_s, "too_late", {"who": answer.whose})

    async def pick(self, pick: Picks) -> None:
        """A region's owner says which branch it is."""
        self.tell(pick.at_s, "picks", {"who": pick.owner or "the region's owner", "branch": pick.branch_id})
        closed = self._closed()
        doors = [door for door in self._doors(pick.incident) if door.link.role is OwnerRole.REGION_OWNER]
        doors = [door for door in doors if door.incident not in closed]
        if pick.owner is not None:
            doors = [door for door in doors if door.to == self._mailbox(pick.owner)]
        if not doors:
            raise NotPossible(f"{pick.owner or 'no region owner'} has no open work order to pick a branch for")
        await self._on_page(lambda: self.phone.tap(doors[-1].url, "pick", branch=pick.branch_id))

    async def approve(self, approval: Approves) -> None:
        """A person approves or refuses what waits for one."""
        self.tell(approval.at_s, "approves", {"who": approval.by, "mention": approval.mention})
        said = self._said(approval.mention)
        wanted = str(mention_id(said.channel, self.story.external_id(said.id)))
        token = f"Bearer {self.stage.theatre.made.respond_api_token}"
        url = f"{self.stage.url('respond')}/v1/queue"
        async with httpx.AsyncClient(timeout=10, trust_env=False, headers={"Authorization": token}) as client:
            waiting = (await client.get(url, params={"limit": 500})).raise_for_status().json()["responses"]
            mine = [item for item in waiting if (item.get("mention") or {}).get("mention_id") == wanted]
            if not mine:
                raise NotPossible(f"nothing waits for a person about {approval.mention}")
            verb, body = _judgement(approval)
            tag = {"If-Match": f'"{mine[0]["generation"]}"'}
            answer = await client.post(f"{url}/{mine[0]['response_id']}/{verb}", json=body, headers=tag)
        if answer.is_error:
            raise NotPossible(f"the queue refused it: {answer.status_code} {answer.text[:300]}")

    # How they do it.

    def _said(self, mention: str) -> Said:
        return next(said for said in self.story.mentions if said.id == mention)

    def _item(self, said: Said, text: str, at_s: float) -> dict[str, Any]:
        """As a channel would post it to us."""
        story = self.story
        self.versions[said.id] = self.versions.get(said.id, 0) + 1
        accounts = self.stage.theatre.cast.account_of_company
        item: dict[str, Any] = {
            "channel": said.channel,
            "external_id": story.external_id(said.id),
            "version": self.versions[said.id],
            "account": said.account or accounts[story.company],
            "author": said.author,
            "text": text,
            "posted_at": story.at(at_s).isoformat(),
        }
        place = {"lat": said.lat, "lon": said.lon, "name": said.place_name, "branch_code": said.branch_code}
        thread = said.thread or (story.external_id(said.in_reply_to) if said.in_reply_to else None)
        more = {
            "place": {name: value for name, value in place.items() if value is not None} or None,
            "thread": thread,
            "url": said.url,
            "permission": _permission(said),
        }
        return item | {name: value for name, value in more.items() if value is not None}

    async def _post(self, items: Sequence[Mapping[str, Any]]) -> None:
        body = json.dumps(items).encode()
        now = self.stage.clock.now()
        webhook_id = f"{self.story.id}-{len(self.happenings)}-{now.timestamp():.0f}"
        headers = sign(self.stage.theatre.made.webhook_secret, webhook_id, int(now.timestamp()), body)
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            answer = await client.post(f"{self.stage.url('ingest')}/v1/mentions", content=body, headers=headers)
        if answer.is_error:
            raise NotPossible(f"ingest refused it: {answer.status_code} {answer.text[:300]}")

    async def _on_page(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except httpx.HTTPStatusError as error:
            raise NotPossible(f"the page answered {error.response.status_code}") from None
        except ValueError as error:
            raise NotPossible(str(error)) from None

    def _of_branch(self, answer: Answers) -> list[Door]:
        """The manager's; where only somebody after them was reached, or is the one who answers, theirs."""
        record, doors = self._record(), self._doors(answer.incident)
        own = [door for door in doors if door.to == self._mailbox(answer.branch_id)]
        there = [door for door in doors if record.owner_of(door.incident) == answer.branch_id]
        if answer.role is not None and answer.role != OwnerRole.MANAGER.value:
            return [door for door in there if door.link.role.value == answer.role]
        return own or there

    def _of_process(self, answer: Answers) -> list[Door]:
        return [door for door in self._doors(answer.incident) if door.to == self._mailbox(answer.process_id)]

    def _of_owner(self, answer: Answers) -> list[Door]:
        return [door for door in self._doors(answer.incident) if door.to == self._mailbox(answer.owner)]

    def _mailbox(self, whose: str | None) -> str | None:
        return self.stage.theatre.cast.mailbox_of.get(whose or "")

    def _doors(self, incident: str | None) -> list[Door]:
        """Ways to answer, the newest last: every link of every mail of this story."""
        record = self._record()
        wanted = record.labels.get(incident) if incident is not None else None
        mails = self.stage.theatre.post.mails[self.mails :]
        doors = [Door(mail.to, url, self.stage.read_link(url)) for mail in mails for url in LINK.findall(mail.text)]
        return [door for door in doors if wanted in (None, door.incident)]

    def _closed(self) -> set[str]:
        return {str(happening.data["incident_id"]) for happening in self._record().named("incident.resolved")}

    def _words_of(self) -> dict[str, str]:
        """What customers wrote about each incident."""
        said = {said.id: said.text for said in self.story.mentions}
        texts: dict[str, str] = {}
        for mention, incident in self._record().incident_of.items():
            texts[incident] = f"{texts.get(incident, '')} {said[mention]}"
        return texts

    def _record(self) -> Record:
        """So far."""
        return Record(self.story, tuple(self.happenings), region_of={})

    # What is seen of it.

    async def _note(self) -> None:
        """Take down what was published and what customers read since the last look."""
        for position, body in await self.stage.new_events():
            event = json.loads(body)
            name = event["type"].removeprefix("amends.").rpartition(".v")[0]
            at_s = seconds_into(self.story, datetime.fromisoformat(event["time"]))
            self.happenings.append(Happening(position, at_s, name, event["data"]))
            self.tell(at_s, name, event["data"])
        heard = self.stage.sink.heard[self.heard :]
        self.heard += len(heard)
        for reply in heard:
            self._read(reply)

    def _read(self, reply: Heard) -> None:
        data = reply.data
        names = Record(self.story).name_of
        sent = [
            h for h in self.happenings if h.name == "response.sent" and h.data["response_id"] == data["response_id"]
        ]
        if not sent:
            self.troubles.append("a customer read a text that the record does not say was sent")
        order = sent[-1].order if sent else self.stage.position
        at_s = seconds_into(self.story, self.stage.clock.now())
        mention = names.get(str(data["mention_id"]), "?")
        kind = data.get("purpose") or data["reply_kind"]
        self.texts.append(Text(mention, data["text"], at_s, order, kind, not _is_private(data)))


def best_door(words: str, doors: Sequence[Door], texts: Mapping[str, str]) -> Door:
    """Of several open work orders the one that the words are most likely about, as whoever reads them would know."""
    mine = stems(words)
    shared = {door.incident: len(mine & stems(texts.get(door.incident, ""))) for door in doors}
    most = max(shared.values())
    return next(door for door in reversed(doors) if shared[door.incident] == most)


def stems(text: str) -> set[str]:
    """The beginnings of its longer words."""
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.lower())}


def _is_private(data: Mapping[str, Any]) -> bool:
    return bool(data.get("private")) or data.get("visibility", "public") != "public"


def _permission(said: Said) -> dict[str, Any] | None:
    """What the platform permits, where the story says so."""
    stated = dict(said.permission or {})
    if said.reply_allowed is not None:
        stated["reply_allowed"] = said.reply_allowed
    return {"reply_allowed": True, "reason": "as the story says"} | stated if stated else None


def _judgement(approval: Approves) -> tuple[str, dict[str, Any]]:
    if approval.reject is not None:
        return "reject", {"by": approval.by, "reason": approval.reject}
    return "approve", {"by": approval.by} | ({"text": approval.text} if approval.text else {})


def _whose(answer: Answers) -> str:
    return next(name for name in ("branch_id", "process_id", "owner") if getattr(answer, name))


DOORS_OF: Mapping[str, Callable[[_Play, Answers], list[Door]]] = {
    "branch_id": _Play._of_branch,
    "process_id": _Play._of_process,
    "owner": _Play._of_owner,
}

DOES: Mapping[type[Input], Callable[[_Play, Any], Awaitable[None]]] = {
    Said: _Play.say,
    Edits: _Play.edit,
    Deletes: _Play.delete,
    Answers: _Play.answer,
    Picks: _Play.pick,
    Approves: _Play.approve,
}
