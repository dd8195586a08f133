"""The category that a product of a file goes to: found in the tree, or added to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from shop.catalog.importing.base import CategoryRecord
from shop.catalog.models import Category
from shop.catalog.services import category_tree_lock
from shop.catalog.text import slug_of

MAX_SLUG_LENGTH = 140


def ensure_category(path: Sequence[CategoryRecord]) -> Category:
    """Return the last category of the path; make what is missing of it. One that is there is not renamed or moved.

    A category that the file names by its slug, or alone, is found wherever it stands in the tree. In a path without
    slugs the place counts: ``Home > Accessories`` is not ``Clothing > Accessories``.
    """
    *above, step = path
    if step.slug or not above:
        slug = category_slug(step)
        return _of_slug(slug) or _new_category(step, ensure_category(above) if above else None, partial(_of_slug, slug))
    node: Category | None = None
    for level in path:
        find = partial(_right_below, node, level)
        node = find() or _new_category(level, node, find)
    assert node is not None  # noqa: S101 - a path has at least one level
    return node


def category_slug(step: CategoryRecord) -> str:
    """Return the slug of a name; one without a single letter or digit gets it from its digest."""
    return step.slug or slug_of(step.name)[:MAX_SLUG_LENGTH].strip("-_") or f"category-{_digest(step.name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _of_slug(slug: str) -> Category | None:
    found: Category | None = Category.objects.filter(slug=slug).first()
    return found


def _right_below(parent: Category | None, step: CategoryRecord) -> Category | None:
    """Return the category of this name below ``parent``, at the top of the tree for ``None``."""
    slug, name = category_slug(step), step.name.casefold()
    here = Category.objects.filter(depth=1) if parent is None else Category.objects.get_children(parent)
    return next((node for node in here if node.slug == slug or node.name.casefold() == name), None)


def _new_category(step: CategoryRecord, parent: Category | None, find: Callable[[], Category | None]) -> Category:
    with category_tree_lock():
        # Somebody may have made it while the lock was waited for.
        found = find()
        if found is not None:
            return found
        slug = _free_slug(category_slug(step), parent)
        node = Category(name=step.name, slug=slug, description=step.description)
        if parent is None:
            Category.objects.add_root(instance=node)
        else:
            Category.objects.add_child(Category.objects.get(pk=parent.pk), instance=node)
        return node


def _free_slug(slug: str, parent: Category | None) -> str:
    """Return the slug, with its parent's before it where a category elsewhere has it."""
    if _of_slug(slug) is None:
        return slug
    longer = f"{parent.slug}-{slug}" if parent else slug
    if len(longer) <= MAX_SLUG_LENGTH and _of_slug(longer) is None:
        return longer
    return f"{slug[: MAX_SLUG_LENGTH - 9]}-{_digest(f'{parent.path if parent else None} {slug}')}"
