from django.urls import path

from checkout.payments.demo import api, views

urlpatterns = [
    path("demo-gateway/pay/<slug:reference>/", views.hosted_page, name="demo-gateway-pay"),
    path("demo-gateway/api/<slug:name>/", api.api, name="demo-gateway-api"),
]
