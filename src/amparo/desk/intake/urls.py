"""Addresses of signals."""

from django.urls import path

from . import views

urlpatterns = [
    path("referring-in/", views.hand_in, name="signal_hand_in"),
    path("referring-in/received/", views.received, name="signal_received"),
    path("signals/", views.signals, name="signals"),
    path("signals/<str:signal_number>/", views.signal, name="signal"),
    path("signals/<str:signal_number>/take/", views.take_up, name="signal_take"),
]
