"""What the search compares, beside the text itself; and text that was stored before in the one form that it has now.

The columns have a default in the database, so that a process of the release before can go on adding products. What it
adds is found by the search after ``manage.py foldsearch``.
"""

from django.db import migrations, models

from shop.catalog.text import fold, nfc

TEXT = {
    "Category": ("name", "slug", "description"),
    "Product": ("title", "slug", "description", "brand"),
    "Variant": ("sku",),
    "FormerProductSlug": ("slug",),
    "FormerCategorySlug": ("slug",),
}
LISTS = {"Product": ("options",), "Variant": ("values",)}
UNIQUE = ("slug", "sku")
FOLDED = {
    "Category": {"folded_name": ("name",)},
    "Product": {"folded_title": ("title",), "folded_text": ("brand", "description")},
    "Variant": {"folded_sku": ("sku",)},
}


def normalise_and_fold(apps, schema_editor):
    """Only what differs is written; text that cannot be unique in its new form stays as it is."""
    for name, columns in TEXT.items():
        rows = apps.get_model("catalog", name)._base_manager
        for row in rows.iterator(chunk_size=500):
            wanted = {column: nfc(getattr(row, column)) for column in columns}
            for column in UNIQUE:
                if column in wanted and wanted[column] != getattr(row, column) and rows.filter(**{column: wanted[column]}).exists():
                    del wanted[column]
            for column in LISTS.get(name, ()):
                value = getattr(row, column)
                if isinstance(value, list):
                    wanted[column] = [nfc(item) if isinstance(item, str) else item for item in value]
            for column, sources in FOLDED.get(name, {}).items():
                wanted[column] = fold("\n".join(wanted.get(source, getattr(row, source)) for source in sources))
            changes = {column: value for column, value in wanted.items() if value != getattr(row, column)}
            if changes:
                rows.filter(pk=row.pk).update(**changes)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_former_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='folded_name',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='product',
            name='folded_text',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='product',
            name='folded_title',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='variant',
            name='folded_sku',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.RunPython(normalise_and_fold, migrations.RunPython.noop, elidable=True),
    ]
