"""The URLconf of a project that has left everything out."""

urlpatterns: list[object] = []
