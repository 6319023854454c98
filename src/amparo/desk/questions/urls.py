"""Addresses of what a country adds."""

from django.urls import path

from . import views

urlpatterns = [
    path("administration/forms/", views.listing, name="country_forms"),
    path("administration/forms/new/", views.bring, name="country_form_new"),
    path("administration/forms/<uuid:edition_id>/", views.edition, name="country_form"),
    path("administration/forms/<uuid:edition_id>/begin/", views.activate, name="country_form_begin"),
    path("administration/forms/<uuid:edition_id>/end/", views.retire, name="country_form_end"),
    path("administration/forms/<uuid:edition_id>/workbook/", views.workbook, name="country_form_workbook"),
    path("forms/<uuid:edition_id>/blank/", views.blank, name="country_form_blank"),
]
