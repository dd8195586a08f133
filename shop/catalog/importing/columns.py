"""The columns of Shopify's product export, under the names that it had and has."""

from __future__ import annotations

from shop.catalog.importing.tables import column_key

REQUIRED = ("Handle", "Title", "Variant Price")
OPTIONS = (1, 2, 3)

_COLUMNS: dict[str, tuple[str, ...]] = {
    "Handle": ("URL handle", "Product handle"),
    "Title": ("Product title",),
    "Body (HTML)": ("Description", "Body", "Description (HTML)"),
    "Vendor": (),
    "Type": ("Product type", "Custom product type"),
    "Product Category": ("Standard product type", "Standardized product type"),
    "Tags": (),
    "Published": ("Published on online store",),
    "Status": (),
    "Gift Card": (),
    **{f"Option{number} Name": () for number in OPTIONS},
    **{f"Option{number} Value": () for number in OPTIONS},
    "Variant SKU": ("SKU",),
    "Variant Grams": ("Weight value (grams)", "Weight (grams)", "Weight (g)"),
    "Variant Weight": ("Weight", "Weight value"),
    "Variant Weight Unit": ("Weight unit for display", "Weight unit"),
    "Weight (kg)": (),
    "Weight (lb)": ("Weight (lbs)",),
    "Weight (oz)": (),
    "Variant Inventory Tracker": ("Inventory tracker",),
    "Variant Inventory Qty": ("Inventory quantity", "Variant inventory quantity", "Inventory qty"),
    "Variant Inventory Policy": ("Continue selling when out of stock", "Inventory policy"),
    "Variant Price": ("Price",),
    "Variant Compare At Price": ("Compare-at price",),
    "Variant Barcode": ("Barcode",),
    "Image Src": ("Product image URL", "Image URL"),
    "Image Position": (),
    "Image Alt Text": (),
    "Variant Image": ("Variant image URL",),
}

NAMES = {column_key(name): column for column, others in _COLUMNS.items() for name in (column, *others)}
"""From a column's key to the name that the reader asks for."""
