"""Addresses of contributions."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.listing, name="contributions"),
    path("new/", views.bring, name="contribution_bring"),
    path("own-cases/", views.own, name="contribution_own"),
    path("<uuid:pk>/", views.contribution, name="contribution"),
    path("<uuid:pk>/check/", views.check, name="contribution_check"),
    path("<uuid:pk>/progress/", views.progress, name="contribution_progress"),
    path("<uuid:pk>/cancel/", views.cancel, name="contribution_cancel"),
    path("<uuid:pk>/rejected.csv", views.rejected_rows, name="contribution_rejected"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="contribution_withdraw"),
]
