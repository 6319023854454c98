"""Addresses of signals."""

from django.urls import path

from . import batch_views, caseload_views, views

urlpatterns = [
    path("referring-in/", views.hand_in, name="signal_hand_in"),
    path("referring-in/received/", views.received, name="signal_received"),
    path("batches/", batch_views.listing, name="batches"),
    path("batches/new/", batch_views.new, name="batch_new"),
    path("batches/new/same/", batch_views.same_line, name="batch_same"),
    path("batches/<str:batch_number>/", batch_views.batch, name="batch"),
    path("batches/<str:batch_number>/numbers/", batch_views.numbers, name="batch_numbers"),
    path("caseloads/", caseload_views.listing, name="caseloads"),
    path("caseloads/bring/", caseload_views.bring, name="caseload_bring"),
    path("caseloads/<uuid:pk>/", caseload_views.caseload, name="caseload"),
    path("caseloads/<uuid:pk>/progress/", caseload_views.progress, name="caseload_progress"),
    path("caseloads/<uuid:pk>/act/", caseload_views.act, name="caseload_act"),
    path("caseloads/<uuid:pk>/undo/", caseload_views.undo, name="caseload_undo"),
    path("caseloads/<uuid:pk>/rejected/", caseload_views.rejected, name="caseload_rejected"),
    path("signals/", views.signals, name="signals"),
    path("signals/new/<str:kind>/", views.write_down, name="signal_write_down"),
    path("signals/<str:signal_number>/", views.signal, name="signal"),
    path("signals/<str:signal_number>/take/", views.take_up, name="signal_take"),
]
