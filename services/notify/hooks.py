"""Answers by webhook: POST /answers, signed as Standard Webhooks has it, with the token that came in the work order.

The signature says that the owner's system speaks; the token says about which work order, and that it was asked. A
webhook-id is carried out once: a repeat gets what became of it the first time.
"""

import json
from datetime import datetime
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.http import Problem, read_body
from chassis.outbound import Now, real_now
from chassis.runtime import Runtime
from chassis.webhooks import SignatureMalformed, SignatureRefused, verify
from services.notify.answering import Action
from services.notify.hearing import Heard, Hearing, Outcome, Said
from services.notify.links import Link, LinkRefused, Links
from services.notify.orders import understood
from services.notify.views import Views

BODY_BYTES_MAX = 16_384
WAY = "webhook"


class AnswerData(BaseModel):
    """What the owner says: words, or one of the page's buttons."""

    model_config = ConfigDict(frozen=True)

    answer_token: str = Field(max_length=100)
    action: Action = Action.REPORT
    text: str = Field(default="", max_length=2_000)
    branch_id: str | None = Field(default=None, max_length=100)


class AnswerPosted(BaseModel):
    """The body of POST /answers."""

    model_config = ConfigDict(frozen=True)

    type: Literal["amends.work_order.answered.v1"]
    data: AnswerData


class Hooks:
    """Takes answers from owners' systems."""

    def __init__(
        self, runtime: Runtime, hearing: Hearing, views: Views, links: Links, secret: str, now: Now = real_now
    ) -> None:
        self._runtime = runtime
        self._hearing = hearing
        self._views = views
        self._links = links
        self._secret = secret
        self._now = now

    def serve(self, app: FastAPI) -> None:
        """Add POST /answers."""

        @app.post("/answers")
        async def take(request: Request) -> Response:
            try:
                return await self.take(request)
            except Problem as problem:
                return problem.as_response()

    async def take(self, request: Request) -> Response:
        """Answer 2xx only after what was said is committed."""
        body = await read_body(request, BODY_BYTES_MAX)
        webhook_id = self._verified(request, body)
        posted = read_answer(body)
        link = self._link(posted.data.answer_token)
        said = Said(WAY, webhook_id, link, posted.data.text, posted.data.action, branch_id=posted.data.branch_id)
        async with self._runtime.work() as work:
            heard = await self._hearing.hear(work, said)
        if (refusal := REFUSALS.get(heard.outcome)) is not None:
            raise Problem(*refusal)
        return JSONResponse(await self._tell(link, heard))

    def _verified(self, request: Request, body: bytes) -> str:
        try:
            return verify(request.headers, body, [self._secret], self._now())
        except SignatureMalformed as error:
            raise Problem(400, str(error)) from None
        except SignatureRefused as error:
            raise Problem(401, str(error)) from None

    def _link(self, token: str) -> Link:
        try:
            return self._links.read_answer(token)
        except LinkRefused:
            raise Problem(404, "answer_token is not that of a work order of ours") from None

    async def _tell(self, link: Link, heard: Heard) -> dict[str, Any]:
        seen = await self._views.see(link.incident_id, link.role)
        incident = seen.incident if seen else None
        said = incident.report if incident else None
        return {
            "outcome": heard.outcome.value,
            "repeated": heard.repeated,
            "status": incident.status.value if incident else None,
            "understood": understood(said) if said else None,
            "customers_told_at": _iso(said.due_at) if said else None,
        }


REFUSALS = {
    Outcome.UNKNOWN: (404, "this work order did not go out by webhook"),
    Outcome.EXPIRED: (404, "the work order is older than 72 hours"),
    Outcome.EMPTY: (422, "say in `text` what was done, or give an `action`"),
}


def _iso(at: datetime) -> str:
    return at.isoformat()


def read_answer(body: bytes) -> AnswerPosted:
    """The body; raise Problem where it is none of ours."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "the body is not JSON") from None
    try:
        return AnswerPosted.model_validate(data)
    except ValidationError as error:
        found = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise Problem(422, "this is not an answer", errors=found[:20]) from None
