"""A checkout as many are written, to be walked through beside ours: state in the session, no checks, nothing declared.

It shares catalogue, stock and the table of orders with the shop, its addresses and hooks too, so that the same walk fits.
"""
