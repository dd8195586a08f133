"""What staff may enter about the catalogue: what shoppers could not see, or could not tell apart, is refused."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from treebeard.forms import MoveNodeForm

from shop.catalog.importing.imagesize import UnknownPictureError, picture_format
from shop.catalog.importing.pictures import MAX_BYTES
from shop.catalog.models import Image, Product, Variant
from shop.staff.admin import ShownInlineFormSet
from shop.staff.files import KeptFileInput
from shop.staff.shown import ShownForm
from shop.staff.texts import check_visible, is_visible


class CategoryForm(ShownForm, MoveNodeForm):  # type: ignore[misc]
    """Where it stands is said by two fields, which mean something together only."""

    together = (("treebeard_position", "treebeard_ref_node"),)

    def clean_name(self) -> str:
        check_visible(self.cleaned_data["name"])
        return str(self.cleaned_data["name"])


class ProductForm(ShownForm):
    class Meta:
        model = Product
        fields = "__all__"
        widgets: ClassVar = {"options": forms.TextInput}

    def clean_title(self) -> str:
        check_visible(self.cleaned_data["title"])
        return str(self.cleaned_data["title"])

    def clean_options(self) -> list[str]:
        names = texts_in(self.cleaned_data["options"], gettext('Write a list of texts, such as ["Size", "Colour"].'))
        if len({name.casefold() for name in names}) < len(names):
            raise ValidationError(gettext("Each option needs a name of its own."))
        return names


class ImageForm(ShownForm):
    """Reads the size out of an uploaded picture, so that pages can keep its place free."""

    class Meta:
        model = Image
        fields = ("file", "alt", "position")
        widgets: ClassVar = {"file": KeptFileInput}

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        size = file.size or 0
        if size > MAX_BYTES:
            told = {"size": filesizeformat(size), "most": filesizeformat(MAX_BYTES)}
            raise ValidationError(gettext("This picture has %(size)s; at most %(most)s can be taken.") % told)
        try:
            kind, self.instance.width, self.instance.height = picture_format(file.read())
        except UnknownPictureError as error:
            raise ValidationError(gettext("This is no picture that a page can show: %s.") % error) from error
        file.seek(0)
        file.name = f"{str(file.name).rpartition('.')[0] or 'picture'}.{kind}"
        return file


class VariantForm(ShownForm):
    class Meta:
        model = Variant
        fields = (*("sku", "values", "price", "compare_at", "grams", "barcode", "position", "is_active", "image"),)
        widgets: ClassVar = {"values": forms.TextInput}

    def clean_sku(self) -> str:
        check_visible(self.cleaned_data["sku"])
        return str(self.cleaned_data["sku"])

    def clean_values(self) -> list[str]:
        return texts_in(self.cleaned_data["values"], gettext('Write a list of texts, such as ["42", "Moss"].'))

    def clean(self) -> dict[str, Any]:
        super().clean()
        price, before = self.cleaned_data.get("price"), self.cleaned_data.get("compare_at")
        if price is not None and before is not None and before < price:
            sentence = gettext(
                "The price before is below the price: leave it empty, or write the higher one of before."
            )
            self.add_error("compare_at", sentence)
        return self.cleaned_data


class VariantFormSet(ShownInlineFormSet):
    """The variants on sale must say as many values as the product has options, each in another way."""

    def clean(self) -> None:
        super().clean()
        told = set[tuple[str, ...]]()
        for form in self.forms:
            if not is_offered(form) or self._should_delete_form(form):
                continue
            values = tuple(form.cleaned_data["values"])
            if len(values) != len(self.instance.options):
                form.add_error("values", self._wrong_number())
            elif values in told:
                form.add_error("values", gettext("Another variant has the same values: nobody could tell them apart."))
            told.add(values)

    def _wrong_number(self) -> str:
        names = ", ".join(map(str, self.instance.options))
        if not names:
            return gettext("The product has no options, so its only variant has no values: write [].")
        return gettext("The product has the options %(names)s: write one value for each.") % {"names": names}


def is_offered(form: forms.BaseForm) -> bool:
    """Tell whether a row says a variant that would be on sale; one with errors says nothing."""
    entered = getattr(form, "cleaned_data", {})
    return not form.errors and bool(entered.get("sku")) and bool(entered.get("is_active")) and "values" in entered


def texts_in(entered: Any, sentence: str) -> list[str]:
    """Return a list of visible texts, without blanks around them. Raises ``ValidationError`` with ``sentence``."""
    texts = entered or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValidationError(sentence)
    if not all(map(is_visible, texts)):
        raise ValidationError(gettext("Each of these texts has to be visible."))
    return [text.strip() for text in texts]
