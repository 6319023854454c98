"""Addresses of identification."""

from django.urls import path

from . import views

urlpatterns = [
    path("cases/<str:number>/identification/", views.screenings, name="identification"),
    path("cases/<str:number>/identification/new/", views.new, name="screening_new"),
    path("cases/<str:number>/identification/<uuid:screening_id>/", views.screening, name="screening"),
    path("cases/<str:number>/identification/<uuid:screening_id>/<slug:step>/", views.step, name="screening_step"),
]
