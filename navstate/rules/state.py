"""The state of one visitor's run through one flow. Pure, no Django; stored as one small JSON text.

A run that was not written yet is *virtual*: its attempt id is derived from the visitor's ``nav_id`` and a counter, so
that a GET can show a form with its attempt without a write (rule R1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from navstate.flow import digest

SCHEMA = 1
"""Number of the stored format. A reader accepts every number up to its own and ignores unknown names (R17)."""

NONE: Mapping[str, Any] = MappingProxyType({})

MAX_CLOSED = 8
"""How many older attempts of a visitor are stored with their outcome; the project is asked about older ones."""


class Accepted(NamedTuple):
    """A form that was accepted: the stage's fingerprint right after it, a digest of what was sent, and where it led.

    ``revision``: of the attempt, right after it; 0 if an older release stored it. ``choice``: fingerprint of the facts
    in ``Stage.depends``; empty without those.
    """

    fingerprint: str
    payload: str
    led_to: str
    revision: int = 0
    choice: str = ""


class Kept(NamedTuple):
    """Input that was sent but not accepted (invalid, session gone, too far ahead), to be shown again in its form.

    ``fields``: values by field name. ``owner``: digest of the account it was typed under, empty for a guest.
    ``payload``: digest of what was sent, to recognise a twin that was accepted.

    For pages that are no stage (``request/kept.py``) also: ``errors`` by field name, ``__all__`` for the form as a
    whole; ``action``, the URL that it was sent to, if another page shows it; ``has_secret``: a password was sent too,
    which is not kept. A stage validates the input again instead.
    """

    fields: Mapping[str, list[str]]
    owner: str = ""
    payload: str = ""
    errors: Mapping[str, list[str]] = NONE
    action: str = ""
    has_secret: bool = False


class Note(NamedTuple):
    """What a project stores with its data when it accepts a form: which attempt has accepted which forms.

    One statement writes it with the data, and one reads it with them. So no request finds the data of a form without
    its acceptance, and both are kept equally long.
    """

    attempt: str
    accepted: Mapping[str, Accepted]

    def to_json(self) -> str:
        return dense({"attempt": self.attempt, "accepted": dict(self.accepted)})


def read_note(text: str) -> Note | None:
    """Read a stored note; ``None`` for an empty or invalid text."""
    try:
        stored = json.loads(text) if text else {}
        return Note(stored["attempt"], read_accepted(stored["accepted"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def read_accepted(stored: Mapping[str, Any]) -> dict[str, Accepted]:
    """Read accepted forms by stage. Raises ``TypeError`` or ``AttributeError`` for anything else."""
    return {name: Accepted(*entry[:5]) for name, entry in stored.items()}


dense = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class NavState(NamedTuple):
    """One visitor's state in one flow.

    ``attempt``: unguessable id of this run. ``serial``: number of the run, from 0. ``revision``: +1 with each accepted
    change. ``outcome``: set once, closes the attempt. ``subject``: what the attempt was about when a form was last
    accepted, or when it ended. ``closed``: older ``(attempt, outcome)``, oldest first. ``seal``: fingerprint of all
    facts that the accepted stages depend on, so that one comparison checks all of them; empty if one had lapsed.
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
        """Return the state of a visitor without a stored one. ``nav_id`` is a secret, so the attempt is unguessable."""
        return cls(attempt=attempt_id(nav_id, flow, serial), serial=serial)

    def outcome_of(self, attempt: str) -> str:
        """Return the outcome of this or an older attempt; empty when it is open or unknown."""
        if attempt == self.attempt:
            return self.outcome
        return dict(self.closed).get(attempt, "")

    def knows(self, attempt: str) -> bool:
        return attempt == self.attempt or any(attempt == older for older, _ in self.closed)

    def reopened(self, nav_id: str, flow: str) -> NavState:
        """Return the next, open attempt after a closed one."""
        closed = (*self.closed, (self.attempt, self.outcome))[-MAX_CLOSED:]
        return NavState.virtual(nav_id, flow, self.serial + 1)._replace(closed=closed)

    def taken_to(self, stage: str) -> str:
        """Return where the stage's kept input led, if its twin, sent at the same time, was accepted; else empty."""
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

        Raises ``ValueError`` if the text is no state: the caller then treats the visitor as new.
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
    """Read a stored state; ``None`` for an empty or invalid text."""
    try:
        return NavState.from_json(text) if text else None
    except ValueError:
        return None


def attempt_id(nav_id: str, flow: str, serial: int) -> str:
    return digest(["attempt", nav_id, flow, serial])
