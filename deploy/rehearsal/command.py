"""`amends rehearse`: what it takes and what it says about itself. What it needs is read only when it is run."""

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

ABOUT = """\
Plays stories through the four real services, with real PostgreSQL, Redis streams, webhooks, work orders by mail and
replies, on a clock that jumps from one due moment to the next: an hour of a story takes seconds. Nothing leaves this
machine: everybody in the directory gets a mailbox of the rehearsal, replies go to a local sink.

A story is one JSON object a line: id, company, start_at; mentions (id, author, channel, text, at_s, place_name, lat,
lon, account, in_reply_to); manager_answers (at_s, text, branch_id or process_id or owner); edits (at_s, mention,
text); deletes (at_s, mention); owner_picks (at_s, owner, incident, branch_id); approvals (at_s, mention, by, text,
reject); and what is expected of them. Times are seconds after start_at. --expectations lists what can be judged.

Settings of the services are read from the environment (POLICY_PATH, PLAYBOOKS_PATH, ESCALATION_SECONDS, ...), so a
team rehearses with its own. The last line is JSON: stories, passed, failures, not_judged, seconds.
"""
ENDS = "exit code: 0 all passed; 1 a story did not, or a line is no story; 2 it could not begin."


def register(commands: Commands) -> None:
    """Add `amends rehearse`."""
    parser = commands.add_parser(
        "rehearse",
        help="play stories on a virtual clock and judge them",
        description=ABOUT,
        epilog=ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stories", nargs="?", type=Path, metavar="STORY.jsonl", help="the stories")
    parser.add_argument("--directory", type=Path, help="YAML: companies, branches, regions, processes")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="play this story only; repeatable")
    parser.add_argument("--quiet", action="store_true", help="no timeline: only how each story ended")
    parser.add_argument(
        "--lenient", action="store_true", help="what nobody here plays or judges is named, and does not fail the story"
    )
    parser.add_argument("--expectations", action="store_true", help="list what a story may expect, and end")
    parser.set_defaults(run=run_rehearsal)


def run_rehearsal(arguments: argparse.Namespace) -> int:
    """Play the stories, or list what they may expect."""
    rehearsing = importlib.import_module("deploy.rehearsal.rehearsing")
    return int(rehearsing.list_expectations() if arguments.expectations else rehearsing.rehearse(arguments))
