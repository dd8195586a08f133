"""Helpers for the tests of projects: a browser's history over Django's test client, assertions, random walks.

``docs/testing.md`` has a short example. Nothing here is needed to serve a page.
"""
