from django.urls import path, re_path

from shop.accounts import views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("register/", views.signup, name="account_signup"),
    path("account/inactive/", views.inactive, name="account_inactive"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,14})-(?P<key>[0-9A-Za-z-]{1,120})/$",
        views.new_password,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.new_password_done, name="account_reset_password_from_key_done"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("profile/", views.profile, name="profile"),
]
