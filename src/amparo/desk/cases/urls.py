"""Addresses of the person and the case; they carry a case number or a row's id, never a name."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/new/", views.new, name="case_new"),
    path("cases/<str:number>/person/", views.person, name="case_person"),
    path("cases/<str:number>/known/", views.known, name="case_known"),
    path("cases/<str:number>/facts/", views.facts, name="case_facts"),
    path("cases/<str:number>/next/", views.next_step, name="case_next_step"),
    path("cases/<str:number>/risk/", views.risk, name="case_risk"),
    path("cases/<str:number>/step/", views.step, name="case_move"),
    path("cases/<str:number>/notes/", views.notes, name="case_notes"),
    path("cases/<str:number>/notes/<uuid:note_id>/correct/", views.correct, name="case_note_correct"),
    path("cases/<str:number>/versions/", views.versions_page, name="case_versions"),
    path("cases/<str:number>/contact/", views.contact, name="case_contact"),
    path("cases/<str:number>/team/", views.team, name="case_team"),
    path("cases/<str:number>/team/<uuid:place_id>/leave/", views.leave, name="case_team_leave"),
]
