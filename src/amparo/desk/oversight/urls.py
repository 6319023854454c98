"""Addresses of oversight."""

from django.urls import path, re_path

from .views import assessment, case_keeping, emergencies, keeping, readers, record, requests, unusual

NUMBER = r"(?P<number>[A-Z]{2}-\d{4}-\d{5,})"

urlpatterns = [
    path("audit/", record.audit_record, name="audit_record"),
    path("audit/verify/", record.audit_verify, name="audit_verify"),
    path("oversight/emergencies/", emergencies.listing, name="emergencies"),
    path("oversight/emergencies/<uuid:emergency_id>/", emergencies.emergency, name="emergency_review"),
    path("audit/export/", record.audit_export, name="audit_export"),
    path("unusual/", unusual.unusual, name="unusual"),
    path("unusual/thresholds/", unusual.thresholds, name="unusual_thresholds"),
    path("unusual/<uuid:flag_id>/", unusual.unusual_one, name="unusual_one"),
    path("oversight/unusual/", unusual.audited, name="audited_unusual"),
    path("oversight/unusual/<uuid:flag_id>/", unusual.audited_one, name="audited_unusual_one"),
    re_path(rf"^cases/{NUMBER}/readers/$", readers.record_readers, name="record_readers"),
    re_path(rf"^cases/{NUMBER}/readers/copy/$", readers.record_readers_copy, name="record_readers_copy"),
    path("oversight/retention/", keeping.rules, name="retention_rules"),
    path("oversight/due/", keeping.due, name="retention_due"),
    path("keeping/waiting/", keeping.waiting, name="disposals"),
    path("keeping/waiting/settle/", keeping.settle, name="disposals_settle"),
    path("keeping/signals/", keeping.signals, name="signals_due"),
    path("keeping/signals/propose/", keeping.propose_signals, name="signals_propose"),
    path("keeping/signals/settle/", keeping.settle_signals, name="signals_settle"),
    path("oversight/requests/", requests.listing, name="requests"),
    path("keeping/receipt/", requests.receipt, name="request_receipt"),
    path("oversight/register/", assessment.register, name="processing_register"),
    path("audit/register/", assessment.audited_register, name="audited_register"),
    path("audit/assessment/", assessment.audited_assessment, name="audited_assessment"),
    path("oversight/assessment/", assessment.assessment, name="impact_assessment"),
    path("oversight/assessment/<slug:topic>/", assessment.answer, name="impact_answer"),
    path("cases/<str:number>/keeping/", case_keeping.overview, name="case_keeping"),
    path("cases/<str:number>/keeping/propose/", case_keeping.propose, name="case_propose"),
    path("cases/<str:number>/keeping/hold/", case_keeping.hold, name="hold_new"),
    path("cases/<str:number>/keeping/holds/<uuid:hold_id>/", case_keeping.lift, name="hold_lift"),
    path("cases/<str:number>/requests/new/", requests.new, name="request_new"),
    path("cases/<str:number>/requests/<uuid:request_id>/", requests.one, name="case_request"),
    path("cases/<str:number>/requests/<uuid:request_id>/copy/", requests.copy, name="case_request_copy"),
]
