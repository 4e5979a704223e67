"""respond's share of the `amends` command: what needs a person, listed, shown, approved or rejected over its API."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from chassis.settings import SettingsError

URL_USUAL = "http://127.0.0.1:8002"
SECONDS_MAX = 20.0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `queue list|show|approve|reject`."""
    queue = commands.add_parser("queue", help="what needs a person (RESPOND_URL, RESPOND_API_TOKEN)")
    actions = queue.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the most pressing first")
    listed.add_argument("--limit", type=int, default=20)
    listed.set_defaults(run=_run(list_queue))
    show = actions.add_parser("show", help="the mention, what we know, and the text we suggest")
    show.add_argument("id")
    show.set_defaults(run=_run(show_response))
    approve = actions.add_parser("approve", help="send it, with --text in place of what we suggest")
    approve.add_argument("id")
    approve.add_argument("--by", required=True, help="your name")
    approve.add_argument("--text")
    approve.set_defaults(run=_run(approve_response))
    reject = actions.add_parser("reject", help="do not send it")
    reject.add_argument("id")
    reject.add_argument("--by", required=True, help="your name")
    reject.add_argument("--reason", required=True)
    reject.set_defaults(run=_run(reject_response))
    register_ideas(commands)


def register_ideas(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `ideas list|ship|decline`."""
    ideas = commands.add_parser("ideas", help="what customers would like (RESPOND_URL, RESPOND_API_TOKEN)")
    actions = ideas.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the most wanted first")
    listed.add_argument("--limit", type=int, default=20)
    listed.set_defaults(run=_run(list_ideas))
    ship = actions.add_parser("ship", help="it is there: tell everybody who asked for it")
    decline = actions.add_parser("decline", help="not for now: tell everybody who asked for it, with the reason")
    for action in (ship, decline):
        action.add_argument("id")
        action.add_argument("--by", required=True, help="your name")
    decline.add_argument("--reason", required=True, help="every requester reads it")
    ship.set_defaults(run=_run(ship_idea))
    decline.set_defaults(run=_run(decline_idea))


Action = Callable[[httpx.Client, argparse.Namespace], int]


def _run(action: Action) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        headers = {"Authorization": f"Bearer {_token()}"}
        url = os.environ.get("RESPOND_URL", URL_USUAL)
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=SECONDS_MAX, trust_env=False) as client:
                return action(client, arguments)
        except httpx.TransportError as error:
            print(f"respond does not answer at {url}: {error}", file=sys.stderr)
            return 2

    return run


def _token() -> str:
    if token := os.environ.get("RESPOND_API_TOKEN"):
        return token
    if path := os.environ.get("RESPOND_API_TOKEN_FILE"):
        return Path(path).read_text("utf-8").strip()
    raise SettingsError("RESPOND_API_TOKEN is not set: set it, or RESPOND_API_TOKEN_FILE to a file that holds it")


def list_queue(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """One line per response."""
    answer = client.get("/v1/queue", params={"limit": arguments.limit})
    if not _is_fine(answer):
        return 1
    waiting = answer.json()["responses"]
    for response in waiting:
        text = " ".join((response["mention"] or {}).get("text", "").split())
        print(f"{response['response_id']}  {response['status']:8} {response['reason'] or '':24} {text[:80]}")
    print(f"{len(waiting)} waiting")
    return 0


def show_response(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Everything about one."""
    answer = client.get(f"/v1/queue/{arguments.id}")
    if not _is_fine(answer):
        return 1
    print(json.dumps(answer.json(), ensure_ascii=False, indent=2))
    return 0


def approve_response(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Send it."""
    return _decide(client, arguments, "approve", {"by": arguments.by, "text": arguments.text})


def reject_response(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Leave it."""
    return _decide(client, arguments, "reject", {"by": arguments.by, "reason": arguments.reason})


def list_ideas(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """One line per idea."""
    answer = client.get("/v1/ideas", params={"limit": arguments.limit})
    if not _is_fine(answer):
        return 1
    for idea in answer.json()["ideas"]:
        text = " ".join((idea["text"] or "").split())
        print(f"{idea['idea_id']}  {idea['requesters']:4}  {idea['ending'] or 'open':8} {text[:80]}")
    return 0


def ship_idea(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Tell them."""
    return _end_idea(client, arguments, "ship", {"by": arguments.by})


def decline_idea(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Tell them why."""
    return _end_idea(client, arguments, "decline", {"by": arguments.by, "reason": arguments.reason})


def _end_idea(client: httpx.Client, arguments: argparse.Namespace, action: str, body: dict[str, Any]) -> int:
    answer = client.post(f"/v1/ideas/{arguments.id}/{action}", json=body)
    if not _is_fine(answer):
        return 1
    print(f"{answer.json()['requesters']} who asked for it are told")
    return 0


def _decide(client: httpx.Client, arguments: argparse.Namespace, action: str, body: dict[str, Any]) -> int:
    seen = client.get(f"/v1/queue/{arguments.id}")
    if not _is_fine(seen):
        return 1
    answer = client.post(f"/v1/queue/{arguments.id}/{action}", json=body, headers={"If-Match": seen.headers["etag"]})
    if not _is_fine(answer):
        return 1
    print({"approve": "approved, on its way", "reject": "rejected, it stays unsent"}[action])
    return 0


def _is_fine(answer: httpx.Response) -> bool:
    if answer.is_success:
        return True
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    print(f"{answer.status_code}: {problem.get('detail', answer.reason_phrase)}", file=sys.stderr)
    for error in problem.get("errors") or []:
        print("  " + ", ".join(f"{name}: {value}" for name, value in error.items()), file=sys.stderr)
    return False
