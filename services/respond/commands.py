"""respond's share of the `amends` command: what needs a person, listed, shown, edited and decided over its API; the
reports of reports.py; the gates as a filter.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from chassis.settings import SettingsError
from services.respond import reports
from services.respond.gating import add_gate

URL_USUAL = "http://127.0.0.1:8002"
SECONDS_MAX = 20.0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `queue …`, `ideas …`, `policy …`, `eval overrides` and `gate`."""
    reports.register(commands)
    add_gate(commands)
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
    edit = actions.add_parser("edit", help="keep other words, and read what the gates say to them")
    edit.add_argument("id")
    edit.add_argument("--by", required=True, help="your name")
    edit.add_argument("--text", required=True)
    edit.set_defaults(run=_run(edit_response))
    _register_overrides(actions)
    _register_decisions(actions)
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


def _register_overrides(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    override = actions.add_parser("override", help="ask that a refused text goes out; a second person has to agree")
    override.add_argument("id")
    override.add_argument("--by", required=True, help="your name")
    override.add_argument("--reason", required=True)
    override.add_argument("--text")
    override.set_defaults(run=_run(ask_override))
    agree = actions.add_parser("agree", help="be the second person: it is sent")
    agree.add_argument("id")
    agree.add_argument("--by", required=True, help="your name")
    agree.set_defaults(run=_run(agree_override))
    for name, active in (("stop", True), ("resume", False)):
        switch = actions.add_parser(name, help=f"{name} what leaves: --what kill (all) or crisis (what is automatic)")
        switch.add_argument("--what", choices=["kill", "crisis"], default="kill")
        switch.add_argument("--company", help="of one company only")
        switch.add_argument("--by", required=True, help="your name")
        switch.add_argument("--reason", required=True)
        switch.set_defaults(run=_run(set_control), active=active)


def _register_decisions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    mentions = actions.add_parser("mentions", help="the latest decisions, those without an answer too")
    mentions.add_argument("--decision", help="monitor, say")
    mentions.add_argument("--limit", type=int, default=20)
    mentions.set_defaults(run=_run(list_mentions))
    overrule = actions.add_parser("overrule", help="correct an assessment: --head legitimacy --to legitimate")
    overrule.add_argument("mention_id")
    overrule.add_argument("--head", required=True)
    overrule.add_argument("--to", required=True)
    overrule.add_argument("--by", required=True, help="your role or staff id")
    overrule.set_defaults(run=_run(overrule_assessment))


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


def edit_response(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Keep the words; say what keeps them from going out."""
    body = {"by": arguments.by, "text": arguments.text}
    answer = _post(client, f"/v1/queue/{arguments.id}", "/edit", body)
    if answer is None:
        return 1
    for finding in answer.json()["findings"]:
        print("refused: " + ", ".join(f"{name}: {value}" for name, value in finding.items()))
    print("kept, not sent")
    return 0


def ask_override(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """The first of two people."""
    body = {"by": arguments.by, "reason": arguments.reason, "text": arguments.text}
    answer = _post(client, f"/v1/queue/{arguments.id}", "/override", body)
    if answer is None:
        return 1
    print("asked; somebody else has to agree")
    return 0


def agree_override(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """The second."""
    answer = _post(client, f"/v1/queue/{arguments.id}", "/override/agree", {"by": arguments.by})
    if answer is None:
        return 1
    print("agreed, on its way")
    return 0


def set_control(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Press or release a stop button."""
    body = {"active": arguments.active, "by": arguments.by, "reason": arguments.reason, "company": arguments.company}
    if not _is_fine(client.put(f"/v1/controls/{arguments.what}", json=body)):
        return 1
    print(f"{arguments.what}: {'on, nothing leaves' if arguments.active else 'off'}")
    return 0


def list_mentions(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """One line per decision."""
    wanted = {"limit": arguments.limit} | ({"decision": arguments.decision} if arguments.decision else {})
    answer = client.get("/v1/mentions", params=wanted)
    if not _is_fine(answer):
        return 1
    found = answer.json()["mentions"]
    for case in found:
        said = case["assessment"]
        text = " ".join(case["mention"]["text"].split())
        print(f"{case['mention_id']}  {case['decision']:18} {said['kind']:9} {said['legitimacy']:10} {text[:60]}")
    print(f"{len(found)} decisions")
    return 0


def overrule_assessment(client: httpx.Client, arguments: argparse.Namespace) -> int:
    """Correct it, and say what follows."""
    body = {"head": arguments.head, "to": arguments.to, "by": arguments.by}
    answer = _post(client, f"/v1/mentions/{arguments.mention_id}", "/overrule", body)
    if answer is None:
        return 1
    print(f"noted; the decision is {answer.json()['decision']}")
    return 0


def _post(client: httpx.Client, path: str, action: str, body: dict[str, Any]) -> httpx.Response | None:
    """Read what is there, and act on that state; None: it was refused, and the person knows why."""
    seen = client.get(path)
    if not _is_fine(seen):
        return None
    answer = client.post(path + action, json=body, headers={"If-Match": seen.headers["etag"]})
    return answer if _is_fine(answer) else None


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
