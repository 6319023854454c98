"""Addresses of the journey."""

from django.urls import path

from . import views

urlpatterns = [
    path("cases/<str:number>/journey/", views.journey, name="journey"),
    path("cases/<str:number>/journey/new/", views.new, name="leg_new"),
    path("cases/<str:number>/journey/<uuid:leg_id>/", views.change, name="leg"),
    path("cases/<str:number>/journey/<uuid:leg_id>/remove/", views.remove, name="leg_remove"),
]
