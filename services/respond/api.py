"""The queue of what needs a person, over HTTP. A bearer token opens it; an ETag says which state was decided about."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.errors import INFRASTRUCTURE
from chassis.http import Problem, answer_problems, read_body
from services.respond.approving import Approving, Changed, NotAllowed, NotThere
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


def create_api(approving: Approving, token: str) -> FastAPI:
    """The application; opens nothing."""

    async def authorised(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise Problem(401, "send the token of RESPOND_API_TOKEN as: Authorization: Bearer …")

    app = FastAPI(title="Amends queue", docs_url=None, redoc_url=None, dependencies=[Depends(authorised)])
    answer_problems(app)
    _answer_refusals(app)
    add_wishes(app, Wishes(approving.runtime))

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

    return app


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


def _answer_refusals(app: FastAPI) -> None:
    def not_there(_: Exception) -> Problem:
        return Problem(404, "there is no such response waiting for a person")

    def changed(_: Exception) -> Problem:
        return Problem(412, "it changed since you read it: read it again, and decide then")

    def not_allowed(error: Exception) -> Problem:
        findings = error.findings if isinstance(error, NotAllowed) else ()
        errors = [finding.model_dump(exclude_none=True) for finding in findings]
        return Problem(422, "a gate refuses this text: change what is named", errors=errors)

    def away(_: Exception) -> Problem:
        return Problem(503, "our records cannot be reached right now", retry_after_seconds=5)

    def answer(problem: Callable[[Exception], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handle(_: Request, error: Exception) -> Response:
            return problem(error).as_response()

        return handle

    app.add_exception_handler(NotThere, answer(not_there))
    app.add_exception_handler(Changed, answer(changed))
    app.add_exception_handler(NotAllowed, answer(not_allowed))
    for kind in INFRASTRUCTURE:
        app.add_exception_handler(kind, answer(away))  # type: ignore[arg-type]  # every one of them is an Exception
