"""Traces: stores (``base``, ``sql``, ``redis``), what is recorded of a request (``observe``), when (``recorder``)."""

from navstate.tracing.entry import attempt_digest

__all__ = ["attempt_digest"]
