"""Addresses of the workbench."""

from django.urls import path, re_path

from .views import closing, exports, leaving, people, record, team, today

NUMBER = r"(?P<number>[A-Z]{2}-\d{4}-\d{5,})"

urlpatterns = [
    path("", today.today, name="today"),
    path("contact/", today.contact_whom, name="contact_whom"),
    path("people/", people.people, name="people"),
    path("people/filters/", people.people_filters, name="people_filters"),
    path("people/keep/", people.people_keep, name="people_keep"),
    path("people/lists/", people.people_lists, name="people_lists"),
    path("people/lists/<uuid:list_id>/forget/", people.people_forget, name="people_forget"),
    path("people/export/", exports.people_export, name="people_export"),
    path("team/", team.team, name="team"),
    path("search/", people.search, name="search"),
    re_path(rf"^cases/{NUMBER}/$", record.overview, name="record"),
    re_path(rf"^cases/{NUMBER}/history/$", record.history, name="record_history"),
    path("cases/<str:number>/closing/", closing.closing, name="case_closing"),
    path("cases/<str:number>/closing/<uuid:closing_id>/back/", closing.take_back, name="case_closing_back"),
    path("leave/", leaving.leave, name="leave"),
    path("calendar/", leaving.neutral, name="neutral"),
    path("shoulder/", leaving.shoulder, name="shoulder"),
    path("drafts/", leaving.save_draft, name="drafts"),
    path("help/", leaving.help_page, name="help"),
]
