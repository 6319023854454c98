"""Addresses of oversight."""

from django.urls import path

from .views import record

urlpatterns = [
    path("audit/", record.audit_record, name="audit_record"),
    path("audit/verify/", record.audit_verify, name="audit_verify"),
]
