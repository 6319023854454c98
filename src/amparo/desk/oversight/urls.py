"""Addresses of oversight."""

from django.urls import path

from .views import emergencies, record

urlpatterns = [
    path("audit/", record.audit_record, name="audit_record"),
    path("audit/verify/", record.audit_verify, name="audit_verify"),
    path("oversight/emergencies/", emergencies.listing, name="emergencies"),
    path("oversight/emergencies/<uuid:emergency_id>/", emergencies.emergency, name="emergency_review"),
]
