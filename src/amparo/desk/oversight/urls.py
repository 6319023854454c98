"""Addresses of oversight."""

from django.urls import path, re_path

from .views import emergencies, readers, record, unusual

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
]
