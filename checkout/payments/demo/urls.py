from django.urls import path

from checkout.payments.demo import views

urlpatterns = [path("demo-gateway/pay/<slug:reference>/", views.hosted_page, name="demo-gateway-pay")]
