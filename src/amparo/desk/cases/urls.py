"""Addresses of the person and the case; they carry a case number or a row's id, never a name."""

from django.urls import path

from . import emergency_views, same_views, staffing_views, views

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
    path("cases/<str:number>/same/", same_views.candidates, name="case_same"),
    path("cases/<str:number>/same/<str:other>/", same_views.compare, name="case_same_with"),
    path("people/same/typing/", same_views.typing, name="same_typing"),
    path("people/same/", same_views.listing, name="same_waiting"),
    path("people/same/<uuid:same_id>/", same_views.review, name="same_review"),
    path("cases/<str:number>/conflict/", staffing_views.conflict, name="case_conflict"),
    path("cases/<str:number>/conflict/<uuid:conflict_id>/lift/", staffing_views.lift_conflict, name="case_conflict_lift"),
    path("staffing/", staffing_views.office, name="staffing"),
    path("staffing/covers/new/", staffing_views.new_cover, name="cover_new"),
    path("staffing/covers/<uuid:cover_id>/end/", staffing_views.end_cover, name="cover_end"),
    path("staffing/<uuid:member_id>/", staffing_views.hand_over, name="hand_over"),
    path("members/review/", staffing_views.access_review, name="access_review"),
    path("emergency/", emergency_views.emergency, name="emergency"),
    path("emergency/<uuid:emergency_id>/end/", emergency_views.end, name="emergency_end"),
    path("emergency/notices/<uuid:notice_id>/seen/", emergency_views.seen, name="emergency_seen"),
]
