"""Customers' ideas over HTTP: what is wanted, and what became of it. Behind the same token as the queue."""

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis.http import Problem
from services.respond.wishes import DECLINED, SHIPPED, NoSuchIdea, Wishes

LISTED_MAX = 500
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shipping(_Body):
    """Who says that it is there."""

    by: Name


class Declining(_Body):
    """Who says no, and why, in words every requester may read."""

    by: Name
    reason: Annotated[str, Field(min_length=3, max_length=200)]


def add_wishes(app: FastAPI, wishes: Wishes) -> None:
    """Add the routes to the queue's application."""

    @app.get("/v1/ideas")
    async def listed(limit: int = 50) -> Response:
        if not 1 <= limit <= LISTED_MAX:
            raise Problem(422, f"limit must be between 1 and {LISTED_MAX}")
        ideas = await wishes.listed(limit)
        rows = [
            idea | {"idea_id": str(idea["idea_id"]), "captured_at": idea["captured_at"].isoformat()} for idea in ideas
        ]
        return JSONResponse({"ideas": rows})

    @app.post("/v1/ideas/{idea_id}/ship")
    async def ship(idea_id: UUID, body: Shipping) -> Response:
        return await _end(wishes, idea_id, SHIPPED, body.by, None)

    @app.post("/v1/ideas/{idea_id}/decline")
    async def decline(idea_id: UUID, body: Declining) -> Response:
        return await _end(wishes, idea_id, DECLINED, body.by, body.reason)


async def _end(wishes: Wishes, idea_id: UUID, ending: str, by: str, reason: str | None) -> Response:
    try:
        told = await wishes.end(idea_id, ending, by, reason)
    except NoSuchIdea:
        raise Problem(404, "there is no such idea that waits for an answer") from None
    return JSONResponse({"requesters": told})
