"""Generic views, as Django's tutorial has them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.views.generic import CreateView, DeleteView, DetailView, ListView, TemplateView, UpdateView

from library.models import Book


class BookList(ListView):
    model = Book


class BookDetail(DetailView):
    model = Book


class BookCreate(LoginRequiredMixin, SuccessMessageMixin, CreateView):
    model = Book
    fields = ("title", "author", "copies")
    success_url = reverse_lazy("home")
    success_message = "%(title)s was added."


class BookUpdate(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    model = Book
    fields = ("title", "author", "copies")
    success_url = reverse_lazy("home")
    success_message = "%(title)s was changed."


class BookDelete(LoginRequiredMixin, DeleteView):
    model = Book
    success_url = reverse_lazy("home")

    def form_valid(self, form: object) -> HttpResponse:
        messages.success(self.request, f"{self.object} was removed.")
        return super().form_valid(form)


class Account(LoginRequiredMixin, TemplateView):
    template_name = "library/account.html"


class Register(CreateView):
    form_class = UserCreationForm
    template_name = "registration/register.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: UserCreationForm) -> HttpResponse:
        response = super().form_valid(form)
        login(self.request, self.object)
        return response
