"""What a page costs in one flavour: milliseconds of the server's processor, and bytes."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.adopting.sites import Site
from benchmarks.adopting.truth import fetch

REQUESTS = 60
PAGES = {
    "oscar": ("/catalogue/", "/catalogue/atlas_1/", "/basket/", "/accounts/login/"),
    "plain": ("/", "/books/1/", "/login/"),
}


@dataclass(frozen=True)
class Cost:
    """``cpu_ms``: of the server, a mean over all requests; ``ms``: the median until all of the answer is there."""

    cpu_ms: float
    ms: float
    size: int


def cpu_seconds(process: int) -> float:
    """What a process has used of the processor, with its threads."""
    with Path(f"/proc/{process}/stat").open() as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost_of(site: Site, path: str) -> Cost:
    """As a browser that has been there before, with the token of forms and no basket."""
    cookies = {"csrftoken": "a" * 32}
    size = len(fetch(site.origin + path, cookies)[2].encode())
    times, before = [], cpu_seconds(site.processes[0].pid)
    for _ in range(REQUESTS):
        began = time.perf_counter()
        fetch(site.origin + path, cookies)
        times.append(time.perf_counter() - began)
    used = cpu_seconds(site.processes[0].pid) - before
    return Cost(round(1000 * used / REQUESTS, 2), round(1000 * statistics.median(times), 2), size)


def costs(site: Site) -> dict[str, Cost]:
    site.begin_again()
    return {path: cost_of(site, path) for path in PAGES[site.project.name]}
