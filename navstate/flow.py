"""Declare a flow: named stages in order, the facts that each reads, and when a stage counts as done.

Pure data, no Django. A flow is declared once, in one readable module of its project (the shop's ``checkout/flow.py``),
and passed to the pure functions in :mod:`navstate.rules.machine`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, Literal

Facts = Mapping[str, Any]
"""The data that decisions are based on, by name: JSON values from the database, never from the browser."""

Policy = Literal["guide", "strict"]


def always(facts: Facts) -> bool:
    return True


canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode
"""Encode a value as canonical JSON: sorted names, no spaces, ``str()`` of what JSON cannot hold."""


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits: 16 bytes of BLAKE2b over the canonical JSON of ``value``."""
    return blake2b(canonical(value).encode(), digest_size=16).hexdigest()


class ReadFacts(Mapping[str, Any]):
    """The facts that a request has read, with their fingerprints, each computed once.

    Replace it instead of changing it. The facts are not copied: a project may compute them on access.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._fingerprints: dict[tuple[str, ...], str] = {}

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self._facts.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def fingerprint(self, names: tuple[str, ...]) -> str:
        """Return :func:`fingerprint_of` these facts, computed once."""
        found = self._fingerprints.get(names)
        if found is None:
            found = self._fingerprints[names] = digest(dict(zip(names, map(self._facts.get, names), strict=True)))
        return found


def fingerprint_of(facts: Facts, names: tuple[str, ...]) -> str:
    """Return the digest of the facts of these names."""
    return (
        facts.fingerprint(names) if isinstance(facts, ReadFacts) else digest({name: facts.get(name) for name in names})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One node of a flow: one URL, one view, and the facts it reads.

    ``reads``: names of the facts that its form shows; their digest is its fingerprint. A submit that showed other
    values gets a page with what changed (R4).
    ``depends``: the facts that the accepted choice depends on, if not all of ``reads``: the choice lapses only when one
    of these changes (R3). A delivery lapses when it is no longer offered, not when its price changes.
    ``applies``: False takes the stage out of the flow (no delivery for a download).
    ``holds``: makes the stage a gate, done while it returns True. A stage without it is a form, done while the
    fingerprint stored when its form was accepted is still that of the facts.
    ``ends``: its form ends the attempt, so that a twin of that submit is led where the first one was (R5).
    ``once``: a gate that is not shown again while it holds (a login form to a signed-in visitor).
    ``outcome``: shows the result of a closed attempt; guarded by its own unguessable token, not by the frontier.
    ``moves``: shows what changes without a change of facts (a list of orders): loaded again whenever it comes back.
    ``title``, ``why``: the stage's name in the trail, and the sentence for a visitor who is led here from further
    ahead; any object whose ``str()`` is the text, such as a lazy translation.
    ``because``: computes ``why`` from today's facts where they allow a more exact sentence; empty otherwise.
    """

    name: str
    url: str
    title: object = ""
    reads: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    applies: Callable[[Facts], bool] = always
    holds: Callable[[Facts], bool] | None = None
    once: bool = False
    ends: bool = False
    outcome: bool = False
    moves: bool = False
    why: object = ""
    because: Callable[[Facts], object] | None = None

    def reason(self, facts: Facts) -> object:
        """Return the sentence for a visitor who is led here, given today's facts."""
        return (self.because(facts) if self.because else "") or self.why

    def shown(self, facts: Facts) -> dict[str, Any]:
        """Return the facts that this stage shows, by name."""
        return {name: facts.get(name) for name in self.reads}

    def fingerprint(self, facts: Facts) -> str:
        return fingerprint_of(facts, self.reads)

    @property
    def lapses_with(self) -> tuple[str, ...]:
        """Return the names of the facts whose change undoes what was accepted here."""
        return self.depends or self.reads


def stage_name(url: str) -> str:
    """Return a stage's name from its URL name: ``preview`` for ``checkout:preview``."""
    return url.rpartition(":")[2]


def Gate(url: str, fact: str, **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is done while ``fact`` is true, such as a cart with something in it."""
    return Stage(**{"name": stage_name(url), "url": url, "reads": (fact,), "holds": is_true(fact), **more})


def Form(url: str, *, reads: Iterable[str], **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is done after its form was accepted, until one of the facts that it reads changes."""
    return Stage(**{"name": stage_name(url), "url": url, "reads": tuple(reads), **more})


def Page(url: str, **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is only shown, so that it is always done."""
    return Stage(**{"name": stage_name(url), "url": url, "holds": always, **more})


def Outcome(url: str, **more: Any) -> Stage:  # noqa: N802
    """Make the stage that shows the result of a closed attempt."""
    return Stage(**{"name": stage_name(url), "url": url, "outcome": True, **more})


def is_true(fact: str) -> Callable[[Facts], bool]:
    """Return a condition for ``holds``: whether a fact, which may be missing, is true."""
    return lambda facts: bool(facts.get(fact))


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A named sequence of stages with one goal.

    ``subject``: name of the fact that an attempt is about (the cart). A closed attempt stays closed for its subject;
    when the fact has another value and the entry gate holds, the next attempt is open without a write.
    ``recalls``: name of the fact with the note that the project stored with its data when it accepted a form
    (``Passage.note``). It is read and written together with the data, and survives a loss of navigation state.
    ``policy``: ``guide`` leads an implausible arrival to the frontier, ``strict`` refuses it with 403.
    ``facts``: reads today's facts for a request; a flow in an app's ``navflows.py`` that has it needs no registration.
    ``labels``, ``formats``: by fact, its label and the format of its value on a page that names what changed.
    ``closes_on``: a signal, and the path to the outcome in its arguments: ``(order_placed, "order.number")``.
    """

    name: str
    stages: tuple[Stage, ...]
    subject: str = ""
    recalls: str = ""
    policy: Policy = "guide"
    facts: Callable[[Any], Facts] | None = None
    labels: Mapping[str, object] = field(default_factory=dict)
    formats: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    closes_on: tuple[Any, str] | None = None

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.stages]
        if not names:
            raise ValueError(f"flow {self.name!r} has no stages")
        if len(set(names)) != len(names):
            raise ValueError(f"flow {self.name!r} names a stage twice")
        for stage in self.stages:
            if stage.once and stage.holds is None:
                raise ValueError(f"stage {stage.name!r} of flow {self.name!r}: only a gate can be shown once")

    @cached_property
    def index(self) -> dict[str, int]:
        """Return the position of each stage by its name."""
        return {stage.name: position for position, stage in enumerate(self.stages)}

    def lapse_with(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the facts that any of these stages lapses with, each once; ignore unknown stage names."""
        return self._lapse_with(tuple(names))

    @cached_property
    def _lapse_with(self) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
        known = {stage.name: stage.lapses_with for stage in self.stages}

        @lru_cache
        def lapse_with(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(sorted({fact for name in names for fact in known.get(name, ())}))

        return lapse_with

    @property
    def entry(self) -> Stage:
        return self.stages[0]

    def __contains__(self, name: object) -> bool:
        return name in self.index

    def __getitem__(self, name: str) -> Stage:
        return self.stages[self.index[name]]

    def path(self, facts: Facts) -> Iterator[Stage]:
        """Return the stages that apply to these facts, in order, without those that show an outcome."""
        return (stage for stage in self.stages if not stage.outcome and stage.applies(facts))
