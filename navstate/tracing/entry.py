"""One entry of a visitor's trace, in two tracks: what the browser reports, and the server's state. Pure, no Django.

An entry has names from the code (flows, stages, verdicts), whole numbers and digests; no input, no address, no id that
gives access to anything. So a trace can be shown to staff and exported as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from navstate.flow import canonical
from navstate.rules.arrival import read_seq
from navstate.rules.machine import Verdict

SCHEMA = 1
"""Number of the stored format. Later ones only add at the end, so that old and new code read each other's (R17)."""

ENTRY = re.compile(r"(?:(?P<tab>\w{1,40})\.)?(?P<position>\d{1,9})", re.ASCII)
"""``X-Nav-Entry``: position in the tab's history, with or without the tab's id."""


class Action(StrEnum):
    """What the browser did with a stage."""

    READ = "read"
    SUBMIT = "submit"
    CHECK = "check"
    """A page came back to the screen and asked whether it is still current."""


class BrowserReport(NamedTuple):
    """The history track: what the browser reports. All of it is a hint and may be wrong.

    ``kind``: of arrival; ``return`` for a page that was left and comes back to the screen. ``deed``: one of
    :class:`Action`. ``direction``: ``back``, ``forward`` or empty. ``seq``: number of the navigation in its tab.
    ``position``: of the entry in the tab's history. ``tab``: digest of the tab's id, which the browser made up.
    ``asked``: the stage asked for, or the URL name of a view that is no stage. ``shown``: the revision at which a page
    that came back was rendered.
    """

    kind: str
    deed: str = Action.READ
    direction: str = ""
    seq: int | None = None
    position: int | None = None
    tab: str = ""
    asked: str = ""
    shown: int | None = None


class ServerState(NamedTuple):
    """The session track: the server's state and decision.

    ``stage``: the one decided for. ``kind``: the kind of arrival that the decision assumed. ``run``: 0 for the
    visitor's first run through the flow, then 1, 2 … ``revision``: after the request; ``None`` without a decision.
    ``changed``: navigation state was written. ``ms``: duration, 0 for a check. ``process``: id of the process.
    """

    flow: str = ""
    stage: str = ""
    frontier: str = ""
    verdict: str = ""
    kind: str = ""
    run: int | None = None
    revision: int | None = None
    changed: bool = False
    status: int = 0
    ms: float = 0.0
    process: int = 0


class Entry(NamedTuple):
    """One entry. ``at``: when the response was ready, in ms since the epoch."""

    at: int
    said: BrowserReport
    held: ServerState


class Divergence(StrEnum):
    """How the two tracks diverged at an entry."""

    ELSEWHERE = "elsewhere"
    """One stage was asked for, another one was due."""
    ENDED = "ended"
    """The run had ended already."""
    CHANGED = "changed"
    """The form showed facts that have changed."""
    GONE = "gone"
    """The session that the form came from was gone."""
    REPEATED = "repeated"
    """The same form was accepted before."""
    REFUSED = "refused"
    OLD = "old"
    """The page on the screen was older than what the server held."""
    ORDER = "order"
    """Not the next navigation of its tab: a duplicated tab, or a request that another one overtook."""


BY_VERDICT: Mapping[str, Divergence] = {
    Verdict.LEAD: Divergence.ELSEWHERE,
    Verdict.CLOSED: Divergence.ENDED,
    Verdict.CONFLICT: Divergence.CHANGED,
    Verdict.GONE: Divergence.GONE,
    Verdict.REPLAY: Divergence.REPEATED,
    Verdict.REFUSE: Divergence.REFUSED,
}


class Compared(NamedTuple):
    """An entry with its divergences. ``rejoined``: it is the first one at which the tracks agree again."""

    entry: Entry
    partings: tuple[Divergence, ...]
    rejoined: bool


def compare(entries: Iterable[Entry]) -> list[Compared]:
    """Find the divergences of each entry. ``entries``: of one visitor, oldest first."""
    compared: list[Compared] = []
    latest: dict[str, int] = {}
    for entry in entries:
        said, held = entry.said, entry.held
        partings = [BY_VERDICT[held.verdict]] if held.verdict in BY_VERDICT else []
        if is_old(entry):
            partings.append(Divergence.OLD)
        if said.seq is not None:
            if said.seq <= latest.get(said.tab, -1):
                partings.append(Divergence.ORDER)
            latest[said.tab] = max(said.seq, latest.get(said.tab, -1))
        was_apart = bool(compared and compared[-1].partings)
        compared.append(Compared(entry, tuple(partings), was_apart and not partings))
    return compared


def is_old(entry: Entry) -> bool:
    """Return True for a page that came back out of date, by what it shows or by its revision."""
    said, held = entry.said, entry.held
    if held.verdict != Verdict.SERVE or said.deed != Action.CHECK:
        return False
    return held.status == 200 or (said.shown is not None and said.shown < (held.revision or 0))


def visitor_digest(nav_id: str) -> str:
    """Return the digest under which a trace is stored, which does not reveal the secret ``nav_id``."""
    return hashlib.blake2b(nav_id.encode(), digest_size=16, person=b"nav visitor").hexdigest()


def attempt_digest(attempt: str) -> str:
    """Return the digest by which the visitor of an attempt is found."""
    return hashlib.blake2b(attempt.encode(), digest_size=16, person=b"nav attempt").hexdigest()


def is_sampled(visitor: str, rate: float) -> bool:
    """Tell whether a visitor is in the sample of ``rate`` (0 to 1); the same for all requests and in all processes."""
    return rate >= 1 or int(visitor[:8], 16) < rate * 2**32


class Hints(NamedTuple):
    """The headers of a request about the browser's history, as sent. :func:`understood` parses them later."""

    kind: str
    deed: str
    direction: str
    entry: str
    seq: str


def hints_in(kind: str, deed: str, headers: Mapping[str, str]) -> Hints:
    get = headers.get
    return Hints(kind, deed, get("X-Nav-Direction", ""), get("X-Nav-Entry", ""), get("X-Nav-Seq", ""))


def understood(hints: Hints, *, asked: str, shown: int | None = None) -> BrowserReport:
    """Parse hints into the history track. A malformed number counts as absent."""
    entry = ENTRY.fullmatch(hints.entry)
    tab = entry["tab"] if entry else None
    return BrowserReport(
        kind=hints.kind,
        deed=hints.deed,
        direction=hints.direction if hints.direction in {"back", "forward"} else "",
        seq=read_seq(hints.seq),
        position=int(entry["position"]) if entry else None,
        tab=hashlib.blake2b(tab.encode(), digest_size=4).hexdigest() if tab else "",
        asked=asked,
        shown=shown,
    )


def encode(entry: Entry) -> str:
    return canonical([SCHEMA, entry.at, entry.said, entry.held])


def decode(text: str) -> Entry:
    """Read a stored entry, ignoring what a later schema added. Raises ``ValueError`` for anything else."""
    try:
        _, at, said, held = json.loads(text)[:4]
        return Entry(
            int(at), BrowserReport(*said[: len(BrowserReport._fields)]), ServerState(*held[: len(ServerState._fields)])
        )
    except (TypeError, KeyError) as error:
        raise ValueError(f"not an entry of a trace: {error!r}") from error


def as_document(compared: Compared) -> dict[str, Any]:
    """Return an entry as in the export; ``docs/trace.md`` describes every member."""
    entry = compared.entry
    held = entry.held._asdict()
    return {
        "at": entry.at,
        "history": entry.said._asdict(),
        "session": {"flow": held.pop("flow"), "from": entry.said.asked, "to": held.pop("stage"), **held},
        "parted": list(compared.partings),
        "rejoined": compared.rejoined,
    }
