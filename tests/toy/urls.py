from django.contrib import admin
from django.urls import include, path

from tests.toy import till, views

desk = [
    path("login/", views.login, name="login"),
    path("note/", views.note, name="note"),
    path("sign/", views.sign, name="sign"),
    path("signed/<str:token>/", views.signed, name="signed"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("quick/", views.quick, name="quick"),
    path("mine/", views.mine, name="mine"),
    path("own/", views.own, name="own"),
    path("subscribe/", views.subscribe, name="subscribe"),
    path("form/", views.plain_form, name="plain-form"),
    path("hook/", views.hook, name="hook"),
    path("undeclared/", views.undeclared, name="undeclared"),
    path("outside/", views.outside, name="outside"),
    path("elsewhere/", views.elsewhere, name="elsewhere"),
    path("loan/start/", views.start, name="loan-start"),
    path("loan/form/", views.form, name="loan-form"),
    path("loan/upload/", views.upload, name="loan-upload"),
    path("loan/confirm/", views.confirm, name="loan-confirm"),
    path("loan/done/<str:token>/", views.done, name="loan-done"),
    path("desk/", include((desk, "desk"))),
    path("guestbook/", include("tests.toy.guestbook")),
    path("till/", include((till.urlpatterns, "till"))),
    path("admin/", admin.site.urls),
    path("", include("navstate.urls")),
]
