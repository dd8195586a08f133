"""What a flow is: named stages in order, the facts that each reads, and how a stage counts as done.

Pure data, no Django. A flow is declared once, on one readable page of the project that owns it
(``checkout/flow.py`` of the shop), and handed to the pure functions in :mod:`navstate.rules.machine`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, Literal

Facts = Mapping[str, Any]
"""The data that decide a stage, by name: what JSON can hold, from the database, never from the browser."""

Policy = Literal["guide", "strict"]


def always(facts: Facts) -> bool:
    return True


canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode
"""One text for one value: JSON with sorted names and no spaces; what JSON cannot hold is written as ``str()`` has it."""


def digest(value: Any) -> str:
    """32 hexadecimal digits (16 bytes of BLAKE2b) over the canonical JSON of ``value``."""
    return blake2b(canonical(value).encode(), digest_size=16).hexdigest()


class ReadFacts(Mapping[str, Any]):
    """Facts as a request has read them, with the fingerprints made of them: it asks for the same ones again and again.
    Not to be changed, but replaced. A project's facts may be worked out when asked for, so none is copied.
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
        """:func:`fingerprint_of`, made once."""
        found = self._fingerprints.get(names)
        if found is None:
            found = self._fingerprints[names] = digest(dict(zip(names, map(self._facts.get, names), strict=True)))
        return found


def fingerprint_of(facts: Facts, names: tuple[str, ...]) -> str:
    """A digest of the facts of these names."""
    return (
        facts.fingerprint(names) if isinstance(facts, ReadFacts) else digest({name: facts.get(name) for name in names})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One node of a flow: one URL, one view, and the facts it reads.

    ``reads``: names of the facts that its form is about; their digest is its fingerprint. A submit that showed others is
    told what changed (R4).
    ``depends``: names of the facts that what was chosen here depends on, where those are not all of them: it lapses when
    they change, and with nothing else (R3). A delivery lapses when it is not offered any more, not when its price changes.
    ``applies``: False takes the stage out of the flow (no delivery for a download).
    ``holds``: a stage with it is a gate, done while it holds; without it the stage is done while the fingerprint stored
    when its form was accepted is still the fingerprint of the facts.
    ``ends``: its form ends the attempt, so that a twin of that submit is led where the first one was (R5).
    ``once``: a gate that is not shown again while it holds (a login form to somebody signed in).
    ``outcome``: shows what a closed attempt came to; guarded by its own unguessable token, not by the frontier.
    ``moves``: shows what goes on changing and no fact tells (a list of orders): looked at anew whenever it comes back.
    ``title``, ``why``: what the trail calls it, and the sentence told to a visitor who is led here from further ahead;
    anything whose ``str()`` is that text, so that a lazy translation will do.
    ``because``: the same from the facts of today, where they can say it more exactly; empty where they cannot.
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
        """Why a visitor is led here today."""
        return (self.because(facts) if self.because else "") or self.why

    def shown(self, facts: Facts) -> dict[str, Any]:
        """The facts this stage shows, by name."""
        return {name: facts.get(name) for name in self.reads}

    def fingerprint(self, facts: Facts) -> str:
        return fingerprint_of(facts, self.reads)

    @property
    def lapses_with(self) -> tuple[str, ...]:
        """Names of the facts whose change undoes what was accepted here."""
        return self.depends or self.reads


def stage_name(url: str) -> str:
    """Name a stage as its URL is called: ``preview`` for ``checkout:preview``."""
    return url.rpartition(":")[2]


def Gate(url: str, fact: str, **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is done while ``fact`` is true: a cart with something in it."""
    return Stage(**{"name": stage_name(url), "url": url, "reads": (fact,), "holds": is_true(fact), **more})


def Form(url: str, *, reads: Iterable[str], **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is done once its form was accepted, until one of the facts that it reads changes."""
    return Stage(**{"name": stage_name(url), "url": url, "reads": tuple(reads), **more})


def Page(url: str, **more: Any) -> Stage:  # noqa: N802
    """Make a stage that is only looked at, so that nothing is missing there."""
    return Stage(**{"name": stage_name(url), "url": url, "holds": always, **more})


def Outcome(url: str, **more: Any) -> Stage:  # noqa: N802
    """Make the stage that shows what a closed attempt came to."""
    return Stage(**{"name": stage_name(url), "url": url, "outcome": True, **more})


def is_true(fact: str) -> Callable[[Facts], bool]:
    """Tell by a fact, which may be missing, whether a gate holds."""
    return lambda facts: bool(facts.get(fact))


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A named graph of stages with one goal.

    ``subject`` names the fact that an attempt is about (the cart). A closed attempt stays closed for its subject; when
    that fact names another one and the entry gate holds, the next attempt is open without anything being written.
    ``recalls`` names the fact that holds what a project wrote down beside its data when it took a form
    (``Passage.note``): read and written in one step with them, and there when the store was emptied.
    ``policy``: ``guide`` leads an implausible arrival to the frontier, ``strict`` refuses it with 403.
    ``facts``: reads today's facts for a request; a flow of an app's ``navflows.py`` that has it is registered by itself.
    ``labels``, ``formats``: what a fact is called on a page that names what changed, and how its value is written there.
    ``closes_on``: a signal, and the path in what it sends to the outcome: ``(order_placed, "order.number")``.
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
        """Position of each stage by its name."""
        return {stage.name: position for position, stage in enumerate(self.stages)}

    def lapse_with(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names of the facts that any of these stages lapses with, each once. Names of no stage count for nothing."""
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
        """The stages that apply to these facts, in order, without those that show an outcome."""
        return (stage for stage in self.stages if not stage.outcome and stage.applies(facts))
