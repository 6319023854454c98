"""Addresses of identification."""

from django.urls import path

from . import track_views, views

PLACE = "cases/<str:number>/identification/"
urlpatterns = [
    path(PLACE, views.screenings, name="identification"),
    path(f"{PLACE}new/", views.new, name="screening_new"),
    path(f"{PLACE}formal/new/", track_views.notify, name="formal_new"),
    path(f"{PLACE}formal/<uuid:procedure_id>/", track_views.formal, name="formal"),
    path(f"{PLACE}formal/<uuid:procedure_id>/step/", track_views.step, name="formal_step"),
    path(f"{PLACE}formal/steps/<uuid:formal_step_id>/strike/", track_views.strike, name="formal_strike"),
    path(f"{PLACE}formal/steps/<uuid:formal_step_id>/letter/", track_views.letter, name="formal_letter"),
    path(f"{PLACE}age/new/", track_views.assess_age, name="age_new"),
    path(f"{PLACE}age/<uuid:assessment_id>/", track_views.contest_age, name="age"),
    path(f"{PLACE}age/<uuid:assessment_id>/report/", track_views.age_report, name="age_report"),
    path(f"{PLACE}help/new/", track_views.offer_help, name="other_help_new"),
    path(f"{PLACE}help/<uuid:help_id>/", track_views.follow_up, name="other_help"),
    path(f"{PLACE}<uuid:screening_id>/", views.screening, name="screening"),
    path(f"{PLACE}<uuid:screening_id>/<slug:step>/", views.step, name="screening_step"),
]
