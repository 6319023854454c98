"""Addresses of consent."""

from django.urls import path

from . import views

urlpatterns = [
    path("cases/<str:number>/consent/", views.consents, name="consent"),
    path("cases/<str:number>/consent/new/", views.new, name="consent_new"),
    path("cases/<str:number>/consent/<uuid:consent_id>/answer/", views.answer, name="consent_answer"),
    path("cases/<str:number>/consent/<uuid:consent_id>/withdraw/", views.withdraw, name="consent_withdraw"),
]
