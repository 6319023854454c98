"""Addresses of a country's own questions about a case, and of documents made from it."""

from django.urls import path

from . import views

urlpatterns = [
    path("cases/<str:number>/questions/", views.listing, name="case_questions"),
    path("cases/<str:number>/questions/new/<uuid:edition_id>/", views.new, name="case_question_new"),
    path("cases/<str:number>/questions/export/", views.export, name="case_answers_export"),
    path("cases/<str:number>/questions/<uuid:filling_id>/", views.read, name="case_answers"),
    path("cases/<str:number>/questions/<uuid:filling_id>/change/", views.change, name="case_answers_change"),
    path("cases/<str:number>/questions/<uuid:filling_id>/anew/", views.anew, name="case_answers_anew"),
    path("cases/<str:number>/questions/document/<uuid:edition_id>/", views.document, name="case_made_document"),
]
