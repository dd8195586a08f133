"""Lists in pages, and several pages from the first on shown together: what "Show more" makes of a list.

``?page=3`` is one page. ``?pages=3`` is the first three, as one page; as an htmx fragment it is the third alone, because
the other two stand there already. Either way the address says all of what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.core.paginator import Page, Paginator

from shop.catalog.forms import MAX_PAGES_TOGETHER
from shop.sql.reads import CompiledQuery


class Stretch(Page[Any]):
    """Pages ``first`` to ``number`` of a list. ``object_list``: its rows, or only those that are new to the shopper."""

    def __init__(self, rows: Sequence[Any], first: int, last: int, pages: ListPages) -> None:
        super().__init__(rows, last, pages)
        self.first = first

    def has_previous(self) -> bool:
        return self.first > 1

    def previous_page_number(self) -> int:
        return int(self.paginator.validate_number(self.first - 1))

    @property
    def together(self) -> int:
        """How many pages stand together."""
        return int(self.number) - self.first + 1

    @property
    def more(self) -> int:
        """How many products the next page would add to these; 0 at the end, at the limit, and away from the start."""
        if self.first > 1 or not self.has_next() or self.together >= MAX_PAGES_TOGETHER:
            return 0
        return int(min(self.paginator.per_page, self.paginator.count - self.end_index()))


class ListPages(Paginator[Any]):
    """Pages of a sequence or queryset, of which several may be asked for together."""

    def rows_between(self, start: int, stop: int) -> Sequence[Any]:
        """Return the rows from ``start`` on (from 0), up to but not including ``stop``."""
        return cast(Sequence[Any], self.object_list[start:stop])

    def stretch(self, page: int, together: int = 1, *, only_last: bool = False) -> Stretch:
        """Return ``together`` pages from ``page`` on. What lies beyond the last page is the last page.

        ``only_last``: of several pages the last alone, without rows where there is no such page.
        """
        last = page + together - 1
        if page > 1:
            last = page = min(page, self.num_pages)
        begin = last if only_last else page
        rows = self.rows_between((begin - 1) * self.per_page, last * self.per_page)
        return Stretch(rows, page, min(last, self.num_pages), self)


class CompiledPages(ListPages):
    """Pages of a compiled query whose last column is the number of all its rows: the first page needs no count."""

    def __init__(self, query: CompiledQuery, *, per_page: int, **values: Any) -> None:
        super().__init__((), per_page)
        self.query = query
        self.values = values

    @cached_property
    def count(self) -> int:
        return self.query.count(**self.values)

    def rows_between(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        rows = self.query.rows(limit=stop - start, offset=start, **self.values)
        if rows or not start:
            self.count = rows[0][-1] if rows else 0
        return rows
