"""What people look at and decide, over HTTP: the queue, every decision, corrections, and the stop buttons.

A bearer token opens it; an ETag says which state was decided about.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.errors import INFRASTRUCTURE
from chassis.http import Problem, answer_problems, read_body
from contracts import Decision
from services.respond.approving import Approving, Changed, NotAllowed, NothingToOverride, NotThere, SamePerson
from services.respond.overruling import Head, NoSuchValue, Overruling
from services.respond.store import Decided
from services.respond.store import Response as Queued
from services.respond.wishes import Wishes
from services.respond.wishes_api import add_wishes

BODY_BYTES_MAX = 65_536
LISTED_MAX = 500

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approval(_Body):
    """Who approves it, and the words to send in place of ours."""

    by: Name
    text: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None


class Rejection(_Body):
    """Who rejects it, and why."""

    by: Name
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Edit(_Body):
    """Other words, to be kept and not sent."""

    by: Name
    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class OverrideAsked(_Body):
    """Who wants a refused text to go out, and why; the words, where they are not those that are kept."""

    by: Name
    reason: Annotated[str, Field(min_length=5, max_length=500)]
    text: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None


class OverrideAgreed(_Body):
    """The second person."""

    by: Name


class Overrule(_Body):
    """A correction of an assessment: about the mention, never about its author. `by`: a role or a staff id."""

    by: Name
    head: Head
    to: Annotated[str, Field(min_length=1, max_length=40)]


class Switch(_Body):
    """A stop button: pressed or released, by whom, and why; without a company for all of them."""

    active: bool
    by: Name
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    company: Annotated[str, Field(pattern=r"^[^\s*]{1,100}$")] | None = None


def create_api(approving: Approving, overruling: Overruling, token: str) -> FastAPI:
    """The application; opens nothing."""

    async def authorised(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise Problem(401, "send the token of RESPOND_API_TOKEN as: Authorization: Bearer …")

    app = FastAPI(title="Amends queue", docs_url=None, redoc_url=None, dependencies=[Depends(authorised)])
    answer_problems(app)
    _answer_refusals(app)
    _add_queue(app, approving)
    _add_overrides(app, approving)
    _add_mentions(app, overruling)
    _add_controls(app, approving)
    add_wishes(app, Wishes(approving.runtime))
    return app


def _add_queue(app: FastAPI, approving: Approving) -> None:
    @app.get("/v1/queue")
    async def queue(limit: int = 50) -> Response:
        if not 1 <= limit <= LISTED_MAX:
            raise Problem(422, f"limit must be between 1 and {LISTED_MAX}")
        waiting = await approving.queue(limit)
        return JSONResponse({"responses": [describe(response) for response in waiting]})

    @app.get("/v1/queue/{response_id}")
    async def show(response_id: UUID) -> Response:
        response = await approving.show(response_id)
        return JSONResponse(describe(response), headers={"ETag": f'"{response.generation}"'})

    @app.post("/v1/queue/{response_id}/approve", status_code=204)
    async def approve(response_id: UUID, request: Request) -> Response:
        approval = await _read(request, Approval)
        await approving.approve(response_id, _generation(request), approval.by, approval.text)
        return Response(status_code=204)

    @app.post("/v1/queue/{response_id}/reject", status_code=204)
    async def reject(response_id: UUID, request: Request) -> Response:
        rejection = await _read(request, Rejection)
        await approving.reject(response_id, _generation(request), rejection.by, rejection.reason)
        return Response(status_code=204)

    @app.post("/v1/queue/{response_id}/edit")
    async def edit(response_id: UUID, request: Request) -> Response:
        wanted = await _read(request, Edit)
        generation, findings = await approving.edit(response_id, _generation(request), wanted.by, wanted.text)
        found = [finding.model_dump(exclude_none=True) for finding in findings]
        return JSONResponse({"generation": generation, "findings": found}, headers={"ETag": f'"{generation}"'})


def _add_overrides(app: FastAPI, approving: Approving) -> None:
    @app.post("/v1/queue/{response_id}/override")
    async def ask(response_id: UUID, request: Request) -> Response:
        wanted = await _read(request, OverrideAsked)
        seen = _generation(request)
        generation = await approving.ask_override(response_id, seen, wanted.by, wanted.reason, wanted.text)
        body = {"generation": generation, "needs": "a second person"}
        return JSONResponse(body, 202, headers={"ETag": f'"{generation}"'})

    @app.post("/v1/queue/{response_id}/override/agree", status_code=204)
    async def agree(response_id: UUID, request: Request) -> Response:
        agreed = await _read(request, OverrideAgreed)
        await approving.agree_override(response_id, _generation(request), agreed.by)
        return Response(status_code=204)


def _add_mentions(app: FastAPI, overruling: Overruling) -> None:
    @app.get("/v1/mentions")
    async def mentions(decision: Decision | None = None, limit: int = 50) -> Response:
        if not 1 <= limit <= LISTED_MAX:
            raise Problem(422, f"limit must be between 1 and {LISTED_MAX}")
        found = await overruling.list(decision, limit)
        return JSONResponse({"mentions": [describe_decision(case) for case in found]})

    @app.get("/v1/mentions/{mention_id}")
    async def mention(mention_id: UUID) -> Response:
        case = await overruling.show(mention_id)
        return JSONResponse(describe_decision(case), headers={"ETag": f'"{case.version}"'})

    @app.post("/v1/mentions/{mention_id}/overrule")
    async def overrule(mention_id: UUID, request: Request) -> Response:
        wanted = await _read(request, Overrule)
        decision = await overruling.overrule(mention_id, _generation(request), wanted.head, wanted.to, wanted.by)
        return JSONResponse({"decision": decision.value})


def _add_controls(app: FastAPI, approving: Approving) -> None:
    @app.get("/v1/controls")
    async def controls() -> Response:
        rows = await approving.controls()
        return JSONResponse({"controls": [row | {"changed_at": row["changed_at"].isoformat()} for row in rows]})

    @app.put("/v1/controls/{name}", status_code=204)
    async def control(name: Literal["kill", "crisis"], request: Request) -> Response:
        switch = await _read(request, Switch)
        company = switch.company or "*"
        await approving.control(name, company, active=switch.active, by=switch.by, reason=switch.reason)
        return Response(status_code=204)


def describe_decision(case: Decided) -> dict[str, Any]:
    """What was decided about a mention, and what it was taken for."""
    return {
        "mention_id": str(case.mention_id),
        "version": case.version,
        "company": case.company,
        "channel": case.channel,
        "decision": case.decision,
        "lane": case.lane,
        "decided_at": case.decided_at.isoformat(),
        "mention": case.mention.model_dump(mode="json", exclude_none=True),
        "assessment": case.assessment.model_dump(mode="json", exclude_none=True),
        "noticed": case.noticed.model_dump(mode="json", exclude_defaults=True),
    }


def describe(response: Queued) -> dict[str, Any]:
    """What a person needs to decide."""
    mention = response.mention
    return {
        "response_id": str(response.response_id),
        "generation": response.generation,
        "status": response.status,
        "reason": response.reason,
        "reply_kind": response.reply_kind.value,
        "purpose": response.purpose.value if response.purpose else None,
        "private": response.private,
        "company": response.company,
        "channel": response.channel,
        "lane": response.lane,
        "waiting_since": response.waiting_since.isoformat(),
        "incident_id": str(response.incident_id) if response.incident_id else None,
        "mention": mention.model_dump(mode="json", exclude_none=True) if mention else None,
        "facts": dict(response.facts),
        "suggested_text": response.text,
        "override_asked": dict(response.override) if response.override else None,
    }


def _generation(request: Request) -> int:
    tag = request.headers.get("if-match")
    if tag is None:
        raise Problem(428, "send the ETag you read as If-Match, so that you decide about what you saw")
    number = tag.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Problem(412, "this is no ETag of ours: read the response again")
    return int(number)


async def _read(request: Request, kind: type[Any]) -> Any:
    body = await read_body(request, BODY_BYTES_MAX)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        errors = [{"field": ".".join(map(str, e["loc"])), "detail": e["msg"]} for e in error.errors()]
        malformed = any(e["type"] == "json_invalid" for e in error.errors())
        raise Problem(400 if malformed else 422, "the body is not accepted", errors=errors) from None


def _not_allowed(error: Exception) -> Problem:
    findings = error.findings if isinstance(error, NotAllowed) else ()
    errors = [finding.model_dump(exclude_none=True) for finding in findings]
    return Problem(422, "a gate refuses this text: change what is named", errors=errors)


REFUSALS: Mapping[type[Exception], Callable[[Exception], Problem]] = {
    NotThere: lambda _: Problem(404, "there is no such response or mention waiting for a person"),
    Changed: lambda _: Problem(412, "it changed since you read it: read it again, and decide then"),
    NotAllowed: _not_allowed,
    NothingToOverride: lambda _: Problem(422, "there is no refused text here that somebody asked to send all the same"),
    SamePerson: lambda _: Problem(422, "an override needs a second person: somebody else has to agree"),
    NoSuchValue: lambda error: Problem(422, str(error)),
}


def _answer_refusals(app: FastAPI) -> None:
    def away(_: Exception) -> Problem:
        return Problem(503, "our records cannot be reached right now", retry_after_seconds=5)

    def answer(problem: Callable[[Exception], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handle(_: Request, error: Exception) -> Response:
            return problem(error).as_response()

        return handle

    for refusal, problem in REFUSALS.items():
        app.add_exception_handler(refusal, answer(problem))
    for kind in INFRASTRUCTURE:
        app.add_exception_handler(kind, answer(away))  # type: ignore[arg-type]  # every one of them is an Exception
