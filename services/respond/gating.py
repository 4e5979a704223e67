"""`amends gate`: the gates as a filter, for replies a company wrote last year as well as for those of tomorrow."""

import argparse
import json
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts import GateFinding, Kind, Topic
from services.respond.facts import Facts, Fix
from services.respond.gates import (
    Grounds,
    asks_generic_help,
    check_record,
    check_text,
    defensive_in,
    states_problem,
)
from services.respond.recent import Recent, plain

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

ABOUT = """\
Reads JSONL, one object a line: id, mention, reply; and where known problem_stated, lang, length_max, recent (texts
said before), public (false: a private message), links (hosts that may be pointed to).
Writes JSONL in the same order: id, blocked, defensive, asks_generic_help, reasons ([{code, span: [start, end]}]).

asks_generic_help says whether the reply asks how to help; it blocks only where the mention states a problem.
Gates that need your own record are not applied to a bare pair. They are with `record`: an object that may hold told
(who was told), fixed (what was done), place_known, asked (something was asked before), promise_hours (the longest
promise a policy backs) and now. With it, claims, promises, asks for what is known, and words that are specific to the
mention are looked at too.
"""
NOBODY_KNOWS = Facts(kind=Kind.OTHER, topic=Topic.OTHER, matter="what happened")


class Record(BaseModel):
    """What the company knows about one case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    told: str | None = None
    fixed: str | None = None
    place_known: bool = False
    asked: bool = False
    promise_hours: float | None = Field(default=None, ge=0, le=8_760)
    now: AwareDatetime | None = None

    def facts(self) -> Facts:
        return Facts(
            kind=Kind.COMPLAINT,
            topic=Topic.OTHER,
            matter="what happened",
            told=self.told,
            fix=Fix(self.fixed) if self.fixed else None,
            place_known=self.place_known,
        )


class Row(BaseModel):
    """One line of input; what else it holds is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | int
    mention: str = Field(default="", max_length=100_000)
    reply: str = Field(max_length=100_000)
    problem_stated: bool | None = None
    length_max: int | None = Field(default=None, ge=1)
    recent: tuple[str, ...] = Field(default=(), max_length=1_000)
    public: bool = True
    links: tuple[str, ...] = ()
    record: Record | None = None


def add_gate(commands: Commands) -> None:
    """Add `amends gate`."""
    gate = commands.add_parser(
        "gate",
        help="JSONL {id, mention, reply} in, what the gates say out, in order",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    gate.add_argument("file", nargs="?", type=argparse.FileType(encoding="utf-8"), default=sys.stdin)
    gate.set_defaults(run=run_gate)


def run_gate(arguments: argparse.Namespace) -> int:
    """Judge every row; 1 when some could not be read, which are named on stderr."""
    refused = 0
    for number, line in enumerate(arguments.file, start=1):
        if not line.strip():
            continue
        try:
            row = Row.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            print(f"line {number}: {'.'.join(map(str, first['loc'])) or 'row'}: {first['msg']}", file=sys.stderr)
            refused += 1
            continue
        print(json.dumps(gate(row), ensure_ascii=False))
    return 1 if refused else 0


def gate(row: Row) -> dict[str, Any]:
    """What the gates say about one reply."""
    stated = states_problem(row.mention) if row.problem_stated is None else row.problem_stated
    asks = asks_generic_help(row.reply)
    grounds = _grounds(row, stated)
    findings = list(check_text(row.reply, grounds))
    if row.record is not None or row.recent:
        findings = (
            [*check_record(row.reply, grounds), *findings] if row.record else [*_similar(row, grounds), *findings]
        )
    return {
        "id": row.id,
        "blocked": bool(findings),
        "defensive": bool(defensive_in(row.reply)),
        "asks_generic_help": bool(asks),
        "reasons": [_reason(finding, row.reply) for finding in findings],
    }


def _similar(row: Row, grounds: Grounds) -> list[GateFinding]:
    return [finding for finding in check_record(row.reply, grounds) if finding.code == "similar"]


def _grounds(row: Row, stated: bool) -> Grounds:
    record = row.record
    now: datetime | None = record.now if record else None
    return Grounds(
        facts=record.facts() if record else NOBODY_KNOWS,
        length_max=row.length_max,
        recent=Recent(map(plain, row.recent)),
        mention=row.mention if record else None,
        problem_stated=stated,
        asked=record.asked if record else False,
        promise_max=timedelta(hours=record.promise_hours) if record and record.promise_hours is not None else None,
        now=now,
        links=row.links,
        public=row.public,
    )


def _reason(finding: GateFinding, reply: str) -> dict[str, Any]:
    """A finding about the whole reply spans all of it."""
    start, end = finding.start or 0, len(reply) if finding.end is None else finding.end
    return {"code": finding.code, "span": [start, end]}
