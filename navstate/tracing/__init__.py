"""Keeping traces: where (``base``, ``sql``, ``redis``), what is taken from a request (``observe``), when (``recorder``)."""
