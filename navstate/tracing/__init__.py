"""Keeping traces: where (``base``, ``sql``, ``redis``), what is taken from a request (``observe``), when (``recorder``)."""

from navstate.tracing.entry import attempt_digest

__all__ = ["attempt_digest"]
