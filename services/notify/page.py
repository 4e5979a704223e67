"""The page behind a work order's link. GET and HEAD only show; POST acts, once, and leads back to the page.

Made for a phone and a person in a hurry: no script, nothing loaded from elsewhere. Whoever fetches the link,
a mail scanner say, changes nothing by it; a form needs the token that was shown with it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from chassis.errors import INFRASTRUCTURE
from chassis.http import Problem, read_body
from contracts import LoopOutcome, OwnerRole, Topic
from services.notify.answering import Action, Answering, Effect, Posted
from services.notify.incidents import Incident
from services.notify.links import Link, LinkExpired, LinkRefused, Links
from services.notify.orders import clean, understood
from services.notify.views import TEMPLATES, Seen, Views, may_pick
from services.notify.wording import PAGE

log = structlog.get_logger()

BODY_BYTES_MAX = 16_384
TEXT_CHARACTERS_MAX = 500
FIELDS_MAX = 10

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
}

OUTCOME_SAID: Mapping[LoopOutcome, str] = {
    LoopOutcome.FIXED: "fixed",
    LoopOutcome.NOT_OBSERVED: "not_observed",
    LoopOutcome.CANNOT_FIX: "cannot_fix",
}
"""Keys of what the page says at the end."""

WAITING = frozenset({Topic.WAIT_TIME, Topic.SUPPORT_RESPONSE, Topic.DELAY_CANCELLATION, Topic.STAFF})
"""Where it makes sense to ask how long the wait is now."""


@dataclass(frozen=True)
class Page:
    """What the routes share."""

    answering: Answering
    views: Views
    links: Links

    async def show(self, token: str, **shown: Any) -> Response:
        """The incident as it is now; `shown`: what to add, a notice (its key), the words typed, how often we asked."""
        link = self.links.read(token)
        seen = await self.views.see(link.incident_id, link.role)
        if seen is None:
            return say(410, "This is no longer here", "The problem behind this link is not kept any more.")
        status = shown.pop("status", 200)
        notice = shown.pop("notice", None)
        said = {"notice": PAGE[seen.order.language][notice] if notice else None}
        usual = {"text": "", "asked": 0}
        return html("page.html", status, **self._context(token, link, seen), **(usual | shown | said))

    def _context(self, token: str, link: Link, seen: Seen) -> dict[str, Any]:
        incident = seen.incident
        picks = self.views.branches_to_pick(incident) if may_pick(incident, link) else []
        return {
            "seen": seen,
            "incident": incident,
            "order": seen.order,
            "t": PAGE[seen.order.language],
            "tags": seen.order.words,
            "state": state_of(incident, link, seen),
            "understood": understood(incident.report, seen.order.language) if incident.report else None,
            "outcome_said": OUTCOME_SAID[incident.outcome] if incident.outcome else None,
            "ask": "ask" if incident.topic in WAITING else "ask_plain",
            "picks": picks,
            "may_disown": incident.branch_id is not None and link.role is not OwnerRole.PROCESS_OWNER,
            "form_token": self.links.form_token(token, incident.generation),
            "text_max": TEXT_CHARACTERS_MAX,
        }

    async def act(self, token: str, request: Request) -> Response:
        """Do what the form says, then show the page again."""
        link = self.links.read(token)
        if request.headers.get("sec-fetch-site") == "cross-site":
            raise LinkRefused("the form was sent from another site")
        fields = await read_form(request)
        posted = read_posted(fields, self.links.read_form(token, fields.get("form", "")))
        effect = await self.answering.act(link, posted)
        if effect is Effect.UNCLEAR:
            # One question per work order, whatever page it was asked on; then the buttons speak.
            asked = min(await self.views.times_asked_again(link), 2)
            notice = "unclear" if asked == 1 else "still_unclear"
            return await self.show(token, notice=notice, text=posted.text, asked=asked)
        if effect is Effect.UNCHANGED and posted.text and await self._is_waiting(link):
            return await self.show(token, status=409, notice="stale", text=posted.text)
        # Relative, so that it holds behind a proxy with a path of its own.
        return RedirectResponse(f"./{token}", status_code=303)

    async def _is_waiting(self, link: Link) -> bool:
        seen = await self.views.see(link.incident_id)
        return seen is not None and seen.incident.is_open and seen.incident.report is None


def state_of(incident: Incident, link: Link, seen: Seen) -> str:
    """Which of the page's faces is shown."""
    if incident.merged_into is not None:
        return "merged"
    if not incident.is_open:
        return "resolved"
    if link.step < incident.acting_from_step:
        return "passed_on"
    if incident.report is None:
        return "open"
    return "reported" if incident.report.due_at > seen.now else "telling"


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields; raise Problem for what no form of ours sends."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Problem(400, "this is not a form of ours")
    body = await read_body(request, BODY_BYTES_MAX)
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        raise Problem(400, "the form cannot be read") from None
    return {name: values[-1] for name, values in fields.items()}


def read_posted(fields: dict[str, str], generation: int) -> Posted:
    """What the owner means; raise Problem for a button we do not have."""
    try:
        action = Action(fields.get("action", ""))
    except ValueError:
        raise Problem(400, "there is no such button") from None
    text = clean(fields.get("text", "")[: 4 * TEXT_CHARACTERS_MAX], TEXT_CHARACTERS_MAX)
    return Posted(action, generation, text, clean(fields.get("branch", "")[:200], 100) or None)


def create_page(answering: Answering, views: Views, links: Links) -> FastAPI:
    """The application; opens nothing."""
    page = Page(answering, views, links)
    app = FastAPI(title="Amends work orders", docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/a/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    async def show(token: str) -> Response:
        return await page.show(token)

    @app.post("/a/{token}", response_class=HTMLResponse)
    async def act(token: str, request: Request) -> Response:
        return await page.act(token, request)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    app.add_exception_handler(LinkExpired, _expired)
    app.add_exception_handler(LinkRefused, _refused)
    app.add_exception_handler(Problem, _problem)
    for kind in INFRASTRUCTURE:
        app.add_exception_handler(kind, _away)  # type: ignore[arg-type]  # every one of them is an Exception
    return app


async def _expired(_: Request, __: Exception) -> Response:
    return say(
        410,
        "This link has expired",
        "Links work for three days. If the problem is still there, you will get a new one.",
    )


async def _refused(_: Request, __: Exception) -> Response:
    log.warning("link_refused")
    return say(
        403, "This link does not work", "It may have been cut off on its way. Please open it from the work order again."
    )


async def _problem(_: Request, problem: Exception) -> Response:
    return say(
        problem.status if isinstance(problem, Problem) else 400, "That did not work", "Please go back and try again."
    )


async def _away(_: Request, error: Exception) -> Response:
    log.warning("page_waits", error=type(error).__name__)
    response = say(503, "One moment, please", "We cannot reach our records right now. Please try again in a minute.")
    response.headers["Retry-After"] = "30"
    return response


def say(status: int, title: str, text: str) -> Response:
    """A page of one message."""
    return html("message.html", status, title=title, text=text)


def html(template: str, status: int, **context: Any) -> Response:
    """A rendered page."""
    return HTMLResponse(TEMPLATES.get_template(template).render(**context), status_code=status)
