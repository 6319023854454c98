"""Addresses of consent."""

from django.urls import path

from . import excerpt_views, sign_views, views

urlpatterns = [
    path("cases/<str:number>/consent/", views.consents, name="consent"),
    path("cases/<str:number>/consent/new/", views.new, name="consent_new"),
    path("cases/<str:number>/consent/<uuid:consent_id>/answer/", views.answer, name="consent_answer"),
    path("cases/<str:number>/consent/<uuid:consent_id>/withdraw/", views.withdraw, name="consent_withdraw"),
    path("cases/<str:number>/consent/<uuid:consent_id>/sign/", sign_views.sign, name="consent_sign"),
    path("cases/<str:number>/consent/<uuid:consent_id>/signature/", sign_views.signature, name="consent_signature"),
    path("cases/<str:number>/consent/refuse/", sign_views.refuse, name="consent_refuse"),
    path("cases/<str:number>/consent/rights/", sign_views.tell_rights, name="rights_new"),
    path("cases/<str:number>/consent/stopped/", sign_views.stopped, name="consent_stopped"),
    path("consent/to-stop/", sign_views.to_stop, name="to_stop"),
    path("consent/sheet/", sign_views.sheet, name="consent_sheet"),
    path("cases/<str:number>/excerpts/", excerpt_views.opened, name="case_excerpts"),
    path("cases/<str:number>/excerpts/new/", excerpt_views.new, name="excerpt_new"),
    path("cases/<str:number>/excerpts/<uuid:disclosure_id>/confirm/", excerpt_views.confirm, name="excerpt_confirm"),
    path("cases/<str:number>/excerpts/<uuid:disclosure_id>/end/", excerpt_views.end, name="excerpt_end"),
    path("excerpts/", excerpt_views.listing, name="excerpts"),
    path("excerpts/<str:excerpt_number>/", excerpt_views.excerpt, name="excerpt"),
]
