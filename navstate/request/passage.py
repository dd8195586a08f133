"""One visitor's way through one flow, as a request sees it: the stored state, the decision, the writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from asgiref.sync import sync_to_async
from django.http import QueryDict

from navstate import registry
from navstate.expiry.strangers import STRANGER_KEY
from navstate.flow import Facts, Flow, ReadFacts, Stage, digest
from navstate.request.kept import Keeping, check_limits, is_shown_to, owner_mark, without_secrets
from navstate.request.payload import without_own
from navstate.request.stored_state import StoredState, Submission
from navstate.rules import machine
from navstate.rules.arrival import Arrival
from navstate.rules.machine import RUNS, Decision
from navstate.rules.state import Kept, NavState, Note
from navstate.sessions import NAV_ID_KEY
from navstate.storage.base import Stored
from navstate.storage.prefetched import astored_of, stored_of


class TrailStage(NamedTuple):
    """A stage in the trail. ``state``: ``done``, ``here`` or ``ahead``."""

    name: str
    title: str
    url: str
    state: str


class Passage(StoredState):
    """One visitor's way through one flow.

    ``decision``: for the stage that the request is for; in a view that is no stage, for a visit to the first stage.
    ``decided``: the same, ``None`` until it is computed.
    """

    was_kept = False
    is_throttled = False

    def __init__(
        self, nav: Submission, registered: registry.Registered, stage: Stage, nav_id: str, stored: Stored | None
    ) -> None:
        super().__init__(nav, registered.flow.name, nav_id, stored)
        self.registered = registered
        self.flow: Flow = registered.flow
        self.stage = stage
        self._facts: ReadFacts | None = None
        self.decided: Decision | None = None
        self._joined: tuple[NavState, ReadFacts, NavState] | None = None

    @classmethod
    def opened(cls, nav: Submission, flow: str, stage: str = "") -> Self:
        """Open the passage of this request's visitor, by the ``nav_id`` in the session, else by ``Registered.seed``.

        ``stage``: its name; the first stage of the flow if empty. Raises ``LookupError`` for an unknown flow.
        """
        registered, request = registry.get(flow), nav.request
        nav_id = request.session.get(NAV_ID_KEY, "") or registered.seed(request)
        stored = stored_of(request, nav_id, flow)
        return cls(nav, registered, registered.flow[stage] if stage else registered.flow.entry, nav_id, stored)

    @classmethod
    async def aopened(cls, nav: Submission, flow: str, stage: str = "") -> Self:
        """Do the same in the event loop. The project's functions are synchronous and run in a thread."""
        registered, request = registry.get(flow), nav.request
        nav_id = await request.session.aget(NAV_ID_KEY, "") or await sync_to_async(registered.seed)(request)
        stored = await astored_of(request, nav_id, flow)
        return cls(nav, registered, registered.flow[stage] if stage else registered.flow.entry, nav_id, stored)

    # --- reading ---

    @property
    def facts(self) -> Facts:
        return self._read_facts

    @property
    def _read_facts(self) -> ReadFacts:
        if self._facts is None:
            self._facts = ReadFacts(self.registered.facts(self.nav.request))
        return self._facts

    async def aread_facts(self) -> None:
        """Read the facts in a thread; afterwards ``facts`` and ``state`` need no query."""
        self._facts = ReadFacts(await sync_to_async(self.registered.facts)(self.nav.request))

    @property
    def state(self) -> NavState:
        """Return the stored state, updated by the facts: a next attempt that is open, and the note beside the data."""
        if self.stage.outcome or not (self._state.outcome or self.flow.recalls):
            return self._state  # an outcome is shown for any facts
        joined, facts = self._joined, self._read_facts
        if joined is None or joined[0] is not self._state or joined[1] is not facts:
            opened = machine.opened(self.flow, self._state, facts, self.nav_id)
            is_new = self._version is None
            joined = (self._state, facts, machine.recalled(self.flow, opened, facts, is_new=is_new))
            self._joined = joined
        return joined[2]

    @property
    def attempt(self) -> str:
        """Return the attempt's id; empty for an unknown visitor, whose forms could not be recognised later."""
        return self.state.attempt if self.nav_id else ""

    @property
    def fingerprint(self) -> str:
        return self.stage.fingerprint(self.facts)

    @property
    def shown(self) -> dict[str, Any]:
        return self.stage.shown(self.facts)

    @property
    def kept(self) -> QueryDict | None:
        """Return input of this stage that was sent but not accepted, if this visitor may see it; ``None`` for none."""
        kept = self._refused
        if kept is None or self.state.taken_to(self.stage.name):
            return None
        fields = QueryDict(mutable=True)
        for name, values in without_own(kept.fields).items():
            fields.setlist(name, list(values))
        return fields

    @property
    def kept_led_to(self) -> str:
        """Return where the kept input of this stage led, if a twin of it was accepted after its refusal; else empty."""
        return self.state.taken_to(self.stage.name) if self._refused else ""

    @property
    def _refused(self) -> Kept | None:
        kept = self.state.kept.get(self.stage.name)
        return kept if kept is not None and is_shown_to(self.nav.request, kept.owner) else None

    @property
    def owner(self) -> str:
        """Return the mark of the account that a form is rendered for, which does not name it; empty for a guest."""
        return owner_mark(self.nav.request, self.attempt)

    @property
    def decision(self) -> Decision:
        return self.decided or self.decide(Arrival(stage=self.stage.name))

    @property
    def generation(self) -> str:
        """Return a digest that differs for another attempt or account, and after a form of this stage was accepted."""
        accepted = self.state.accepted.get(self.stage.name)
        return digest([self.attempt, self.owner, accepted.revision if accepted is not None else 0])

    @property
    def may_run(self) -> bool:
        """Return True when the view answers: the stage is served or its form applied."""
        return self.decision.verdict in RUNS

    def was(self, posted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts that a sent form showed; empty unless they match the fingerprint in the form."""
        try:
            was = json.loads(posted.get("nav_was", ""))
        except ValueError:
            return {}
        return was if isinstance(was, dict) and digest(was) == posted.get("nav_seen") else {}

    def decide(self, arrival: Arrival) -> Decision:
        decision = machine.decide_on_outcome(self.flow, arrival) if self.stage.outcome else None
        if decision is None:
            decision = self._decided(arrival)
            if self._may_have_ended(decision.frontier) and self._heal():
                decision = self._decided(arrival)
        self.decided = decision
        return decision

    def way_on(self) -> str:
        """Return the URL of the frontier, or of the outcome when the attempt is closed."""
        stage = machine.frontier(self.flow, self.state, self.facts)
        if self._may_have_ended(stage.name) and self._heal():
            stage = machine.frontier(self.flow, self.state, self.facts)
        if self.state.outcome:
            return self.registered.outcome_url(self.nav.request, self.state.outcome)
        return self.registered.lead_url(self.nav.request, self.flow, stage)

    def reload(self) -> None:
        """Reload state and facts after losing an optimistic write."""
        self._facts = None
        self._reload()

    def trail(self) -> tuple[TrailStage, ...]:
        """Return the stages in order, to show them on a page."""
        state, facts = self.state, self.facts
        frontier = self.flow.index[machine.frontier(self.flow, state, facts).name]
        return tuple(
            TrailStage(
                name=stage.name,
                title=str(stage.title),
                url=self.registered.lead_url(self.nav.request, self.flow, stage),
                state=self._standing(stage, frontier),
            )
            for stage in self.flow.path(facts)
        )

    # --- writing ---

    def accept(self, *, led_to: str, facts: Facts | None = None) -> None:
        """Record that the form of this stage was accepted and its data are written: the stage is done while they stay.

        ``facts``: those after the write, if the caller knows them; they are read again otherwise. Raises
        :class:`~navstate.request.stored_state.Contended`, as every write here does.
        """
        change = self._accepting(led_to)
        self._facts = None if facts is None else ReadFacts(facts)
        self._write(change)

    async def aaccept(self, *, led_to: str) -> None:
        change = self._accepting(led_to)
        await self.aread_facts()
        await self._awrite(change)

    def keep(self, also: Sequence[str] = ()) -> bool:
        """Keep what was sent, to show it again in its form; ``also``: hidden fields to keep. False: it is not kept."""
        if kept := self._kept_input(also):
            self._write(lambda state: state.keeping(self.stage.name, kept), is_brief=self._is_stranger)
        return self.was_kept

    def keep_refused(self, also: Sequence[str]) -> bool:
        """Keep input that is refused because something changed, unless a twin of it was accepted meanwhile."""
        if kept := self._kept_input(also):
            self._write(
                lambda state: state if self.taken_to() else state.keeping(self.stage.name, kept),
                is_brief=self._is_stranger,
            )
        return self.was_kept

    def taken_to(self) -> str:
        """Return where the same input led when it was accepted; empty if it was not."""
        accepted = self.state.accepted.get(self.stage.name)
        return accepted.led_to if accepted is not None and accepted.payload == self.nav.payload_digest else ""

    def note(self, *, led_to: str, facts: Facts) -> str:
        """Return the note to write with the data of this form, in one statement, before :meth:`accept`.

        ``facts``: those after that write. The note (``Flow.recalls``) makes the acceptance as lasting as the data, and
        no other request can read one without the other.
        """
        self.ensure_visitor()
        state, stage = self.state, self.stage
        taken = machine.acceptance(stage, state, facts, payload=self.nav.payload_digest, led_to=led_to)
        return Note(state.attempt, {**state.accepted, stage.name: taken}).to_json()

    async def akeep(self) -> None:
        if kept := await sync_to_async(self._kept_input)():
            await self._awrite(lambda state: state.keeping(self.stage.name, kept), is_brief=self._is_stranger)

    def close(self, *, outcome: str) -> None:
        """Close the attempt. ``outcome``: a short text by which ``outcome_url`` finds the result."""
        self._write(self._closing(outcome))

    async def aclose(self, *, outcome: str) -> None:
        await self.aread_facts()
        await self._awrite(self._closing(outcome))

    def touch(self) -> None:
        """Record a change inside a gate (the cart): revision +1."""
        self._facts = None
        if self._version is None and self.nav_id:  # nothing is stored (any more), but an attempt may have ended
            self._heal()
        self._write(machine.touched)

    # --- inside ---

    def _accepting(self, led_to: str) -> Callable[[NavState], NavState]:
        payload, answers = self.nav.payload_digest, self.state.kept.get(self.stage.name)
        return self._in_this_attempt(
            lambda state: machine.advance(
                self.flow, state, self.facts, self.stage.name, payload=payload, led_to=led_to, answers=answers
            )
        )

    def _closing(self, outcome: str) -> Callable[[NavState], NavState]:
        subject = self._subject or ""
        return self._in_this_attempt(lambda state: machine.close(state, outcome=outcome, subject=subject))

    def _in_this_attempt(self, change: Callable[[NavState], NavState]) -> Callable[[NavState], NavState]:
        """Limit ``change`` to the attempt that was decided on: between two tries another request may have ended it."""
        self.ensure_visitor()
        attempt = self.state.attempt
        return lambda state: change(state) if state.attempt == attempt else state

    @property
    def _subject(self) -> Any:
        """Return today's value of the fact that an attempt is about."""
        return self.facts.get(self.flow.subject) if self.flow.subject else ""

    def _kept_input(self, also: Sequence[str] = ()) -> Kept | None:
        owner, attempt = (self.nav.posted.get(name, "") for name in ("nav_owner", "nav_attempt"))
        fields = {**self.nav.payload, **{name: [self.nav.posted.get(name, "")] for name in also}}
        kept = Kept(without_secrets(fields), f"{owner}.{attempt}" if owner else "", self.nav.payload_digest)
        keeping = check_limits(self.nav.request, kept, is_unknown=self._is_stranger)
        self.was_kept = keeping is Keeping.KEPT
        self.is_throttled = self.is_throttled or keeping is Keeping.TOO_OFTEN
        return kept if self.was_kept else None

    @property
    def _is_stranger(self) -> bool:
        return not self._was_known or bool(self.nav.request.session.get(STRANGER_KEY))

    def _decided(self, arrival: Arrival) -> Decision:
        return machine.decide(self.flow, self.state, self.facts, arrival)

    def _heal(self) -> bool:
        """Close an attempt whose outcome (the order) was written but not recorded here, because of a crash in between.

        Return True when there was such an outcome.
        """
        before = self._state
        while not self.state.outcome and (outcome := self.registered.find_outcome(self.state.attempt)):
            self._state = machine.close(self.state, outcome=outcome, subject=self.state.subject)
        return self._state is not before

    def _may_have_ended(self, frontier: str) -> bool:
        """Tell whether ``find_outcome`` is worth a query: no state, the frontier is the entry, or another subject."""
        state = self.state
        if state.outcome or not self.nav_id:
            return False
        if self._version is None or frontier == self.flow.stages[0].name:
            return True
        subject = self._subject if state.subject else ""
        return bool(subject) and subject != state.subject

    def _standing(self, stage: Stage, frontier: int) -> str:
        if stage.name == self.stage.name:
            return "here"
        return "done" if self.flow.index[stage.name] < frontier else "ahead"

    @property
    def _base(self) -> NavState:
        """Return the state that a change is applied to. Facts are read only if it may depend on them."""
        needs_facts = self._facts is not None or self._state.outcome or (self._version is None and self._was_known)
        return self.state if needs_facts else self._state
