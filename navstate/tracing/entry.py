"""One entry of a visitor's trace, in two tracks: what the browser says it did, what the server held. Pure, no Django.

An entry holds names from the code (flows, stages, verdicts), whole numbers and digests; nothing that a visitor typed, no
address, no id that would open anything. So a trace can be shown to staff and exported as it is.
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
"""Number of the stored form. Later ones only add at the end, so that old and new code read each other's (R17)."""

ENTRY = re.compile(r"(?:(?P<tab>\w{1,40})\.)?(?P<position>\d{1,9})", re.ASCII)
"""``X-Nav-Entry``: position in the tab's history, with the id of its tab or without."""


class Action(StrEnum):
    """What the browser did with a stage."""

    READ = "read"
    SUBMIT = "submit"
    CHECK = "check"
    """A page came back to the screen by itself and asked whether it is still current."""


class BrowserReport(NamedTuple):
    """The history track: what the browser says. All of it is a hint and may be wrong.

    ``kind``: of arrival; ``return`` for a page that was left and comes back to the screen. ``direction``: ``back``,
    ``forward`` or empty. ``seq``: number of the navigation in its tab. ``position``: of the entry in the tab's history.
    ``tab``: tells tabs apart, a digest of an id that the browser made up. ``asked``: the stage asked for, or the name of a
    view that is none. ``shown``: revision that a page which came back was drawn at.
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
    """The session track: what the server held and decided.

    ``stage``: the one decided for. ``kind``: what the arrival was judged to be. ``run``: 0 for the visitor's first run
    through the flow, then 1, 2 … ``revision``: after the request; ``None`` where no stage was decided on. ``changed``:
    navigation state was written. ``ms``: duration, 0 for a check. ``process``: id of the process.
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
    """``at``: ms since the epoch, when the answer was ready."""

    at: int
    said: BrowserReport
    held: ServerState


class Divergence(StrEnum):
    """How the two tracks parted at an entry."""

    ELSEWHERE = "elsewhere"
    """One stage was asked for, another one was due."""
    ENDED = "ended"
    """The run had ended already."""
    CHANGED = "changed"
    """The form showed what is not so any more."""
    GONE = "gone"
    """The session that the form came from was gone."""
    REPEATED = "repeated"
    """The same form was taken before."""
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
    """An entry with how it parted. ``rejoined``: the first one at which the tracks agree again."""

    entry: Entry
    partings: tuple[Divergence, ...]
    rejoined: bool


def compare(entries: Iterable[Entry]) -> list[Compared]:
    """``entries``: of one visitor, oldest first."""
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
    """True for a page that came back and had to be made current, by what it shows or by its revision."""
    said, held = entry.said, entry.held
    if held.verdict != Verdict.SERVE or said.deed != Action.CHECK:
        return False
    return held.status == 200 or (said.shown is not None and said.shown < (held.revision or 0))


def visitor_digest(nav_id: str) -> str:
    """By which a trace is filed: a ``nav_id`` is a secret, and this does not give it away."""
    return hashlib.blake2b(nav_id.encode(), digest_size=16, person=b"nav visitor").hexdigest()


def attempt_digest(attempt: str) -> str:
    """By which the visitor of an attempt is found."""
    return hashlib.blake2b(attempt.encode(), digest_size=16, person=b"nav attempt").hexdigest()


def is_sampled(visitor: str, rate: float) -> bool:
    """Whether this share of the visitors (0 to 1) includes this one: all of a trace or none, the same in each process."""
    return rate >= 1 or int(visitor[:8], 16) < rate * 2**32


class Hints(NamedTuple):
    """What the headers of a request say of the browser's history, as they say it. Taken while the request is answered, and
    understood later, by :func:`understood`."""

    kind: str
    deed: str
    direction: str
    entry: str
    seq: str


def hints_in(kind: str, deed: str, headers: Mapping[str, str]) -> Hints:
    get = headers.get
    return Hints(kind, deed, get("X-Nav-Direction", ""), get("X-Nav-Entry", ""), get("X-Nav-Seq", ""))


def understood(hints: Hints, *, asked: str, shown: int | None = None) -> BrowserReport:
    """The history track. What is no well-formed number counts as absent."""
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
    """Raises ``ValueError`` for what is no entry. What a later schema adds at the end is passed over."""
    try:
        _, at, said, held = json.loads(text)[:4]
        return Entry(
            int(at), BrowserReport(*said[: len(BrowserReport._fields)]), ServerState(*held[: len(ServerState._fields)])
        )
    except (TypeError, KeyError) as error:
        raise ValueError(f"not an entry of a trace: {error!r}") from error


def as_document(compared: Compared) -> dict[str, Any]:
    """An entry as the export has it; ``docs/trace.md`` describes every member."""
    entry = compared.entry
    held = entry.held._asdict()
    return {
        "at": entry.at,
        "history": entry.said._asdict(),
        "session": {"flow": held.pop("flow"), "from": entry.said.asked, "to": held.pop("stage"), **held},
        "parted": list(compared.partings),
        "rejoined": compared.rejoined,
    }
