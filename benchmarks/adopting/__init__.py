"""The walk over shops and sites that are not ours: what ``benchmarks/adopt.py`` is made of."""
