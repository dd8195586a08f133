"""What is remembered of one visitor's run through one flow. Pure, no Django; stored as one small JSON text.

A run that nobody wrote yet is *virtual*: its attempt id follows from the visitor's ``nav_id`` and a counter, so that a
GET can show a form with its attempt without writing anything (rule R1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from navstate.flow import digest

SCHEMA = 1
"""Number of the stored form. A reader accepts every number up to its own and ignores names it does not know (R17)."""

NONE: Mapping[str, Any] = MappingProxyType({})

MAX_CLOSED = 8
"""How many older attempts of a visitor are remembered with their outcome; still older ones are asked of the project."""


class Accepted(NamedTuple):
    """A form that was accepted: the fingerprint right after it, a digest of what was sent, and where it led.

    ``revision``: of the attempt, right after it; 0 where it was stored before this was noted. ``choice``: fingerprint of
    what it depends on, where that is not all that its stage reads; empty otherwise.
    """

    fingerprint: str
    payload: str
    led_to: str
    revision: int = 0
    choice: str = ""


class Kept(NamedTuple):
    """Input that was sent but not accepted (invalid, session gone, too far ahead), to be shown again in its form.

    ``fields``: values by field name. ``owner``: digest of the account it was typed under, empty for a guest.
    ``payload``: the digest of what was sent, by which a twin of it that was accepted is known.

    Of a page that is no stage (``request/kept.py``) also: ``errors``, what was wrong, by field name, ``__all__`` for the
    form as a whole; ``action``, the address it was sent to, where another page shows it; ``has_secret``: a password was
    sent as well, which is not kept. A stage finds its errors anew.
    """

    fields: Mapping[str, list[str]]
    owner: str = ""
    payload: str = ""
    errors: Mapping[str, list[str]] = NONE
    action: str = ""
    has_secret: bool = False


class Note(NamedTuple):
    """What a project writes down beside its data when it takes a form: which attempt has accepted what.

    One statement writes it with the data, and one reads it with them. So nobody finds the data of a form without knowing
    that it was accepted, and what was accepted is known as long as the data are.
    """

    attempt: str
    accepted: Mapping[str, Accepted]

    def to_json(self) -> str:
        return dense({"attempt": self.attempt, "accepted": dict(self.accepted)})


def read_note(text: str) -> Note | None:
    """``None`` for nothing, and for what is no note."""
    try:
        stored = json.loads(text) if text else {}
        return Note(stored["attempt"], read_accepted(stored["accepted"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def read_accepted(stored: Mapping[str, Any]) -> dict[str, Accepted]:
    """Raises ``TypeError`` or ``AttributeError`` for what was not written as accepted forms."""
    return {name: Accepted(*entry[:5]) for name, entry in stored.items()}


dense = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class NavState(NamedTuple):
    """One visitor's state in one flow.

    ``attempt``: unguessable id of this run. ``revision``: +1 with each accepted change. ``outcome``: set once, closes the
    attempt. ``subject``: what the attempt was about when a form was last accepted, or when it ended. ``closed``: older
    ``(attempt, outcome)``, oldest first. ``seal``: the fingerprint of all that the accepted stages read, while each of
    them was as it was accepted; empty where one was not. One comparison then tells of all of them.
    """

    attempt: str
    serial: int = 0
    revision: int = 0
    accepted: Mapping[str, Accepted] = NONE
    outcome: str = ""
    subject: str = ""
    closed: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Kept] = NONE
    seal: str = ""

    @classmethod
    def virtual(cls, nav_id: str, flow: str, serial: int = 0) -> NavState:
        """The state of a visitor of whom nothing is stored. ``nav_id`` is a secret, so the attempt is unguessable."""
        return cls(attempt=attempt_id(nav_id, flow, serial), serial=serial)

    def outcome_of(self, attempt: str) -> str:
        """The outcome of this or an older attempt; empty when it is open or unknown."""
        if attempt == self.attempt:
            return self.outcome
        return dict(self.closed).get(attempt, "")

    def knows(self, attempt: str) -> bool:
        return attempt == self.attempt or any(attempt == older for older, _ in self.closed)

    def reopened(self, nav_id: str, flow: str) -> NavState:
        """The next, open attempt after a closed one."""
        closed = (*self.closed, (self.attempt, self.outcome))[-MAX_CLOSED:]
        return NavState.virtual(nav_id, flow, self.serial + 1)._replace(closed=closed)

    def taken_to(self, stage: str) -> str:
        """Where the form has led whose input is kept: its twin, sent at the same time, was accepted. Empty otherwise."""
        kept, accepted = self.kept.get(stage), self.accepted.get(stage)
        return accepted.led_to if kept and accepted and kept.payload == accepted.payload else ""

    def keeping(self, stage: str, kept: Kept) -> NavState:
        return self._replace(kept={**self.kept, stage: kept})

    def dropping(self, stage: str) -> NavState:
        return self._replace(kept={name: kept for name, kept in self.kept.items() if name != stage})

    def to_json(self) -> str:
        return dense(
            {
                "schema": SCHEMA,
                "attempt": self.attempt,
                "serial": self.serial,
                "revision": self.revision,
                "accepted": dict(self.accepted),
                "outcome": self.outcome,
                "subject": self.subject,
                "closed": self.closed,
                "kept": {name: [dict(k.fields), k.owner, k.payload] for name, k in self.kept.items()},
                "seal": self.seal,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> NavState:
        """Read a stored state of this or an older schema.

        Raises ``ValueError`` where the text is no state: the caller treats the visitor as new.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            get = stored.get
            closed, kept = get("closed"), get("kept")
            return cls(
                stored["attempt"],
                int(get("serial", 0)),
                int(get("revision", 0)),
                read_accepted(get("accepted", NONE)),
                get("outcome", ""),
                get("subject", ""),
                tuple((attempt, outcome) for attempt, outcome in closed) if closed else (),
                {name: Kept(*entry[:3]) for name, entry in kept.items()} if kept else NONE,
                get("seal", ""),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a navigation state: {error!r}") from error


def read_state(text: str) -> NavState | None:
    """``None`` for nothing, and for what is no state."""
    try:
        return NavState.from_json(text) if text else None
    except ValueError:
        return None


def attempt_id(nav_id: str, flow: str, serial: int) -> str:
    return digest(["attempt", nav_id, flow, serial])
