"""The toy's addresses without those of navstate itself: a project need not include them."""

from tests.toy.urls import urlpatterns as whole

urlpatterns = whole[:-1]
