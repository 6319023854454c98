"""Addresses of membership, and of setting up a second factor (before the library's own pages of the same names)."""

from django.urls import path

from . import enrolling, provider_views, views

urlpatterns = [
    path("account/2fa/", enrolling.OwnFactors.as_view(), name="mfa_index"),
    path("account/2fa/totp/activate/", enrolling.ActivateTOTP.as_view(), name="mfa_activate_totp"),
    path("account/2fa/webauthn/add/", enrolling.AddWebAuthn.as_view(), name="mfa_add_webauthn"),
    path("account/2fa/reauthenticate/", enrolling.Reauthenticate.as_view(), name="mfa_reauthenticate"),
    path("account/2fa/webauthn/reauthenticate/", enrolling.ReauthenticateWebAuthn.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/2fa/webauthn/keys/<int:pk>/remove/", enrolling.RemoveWebAuthn.as_view(), name="mfa_remove_webauthn"),
    path("account/2fa/totp/deactivate/", enrolling.DeactivateTOTP.as_view(), name="mfa_deactivate_totp"),
    path("account/2fa/recovery-codes/generate/", enrolling.GenerateCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("account/sessions/", views.own_sessions, name="own_sessions"),
    path("account/sessions/end/", views.end_own_session, name="end_own_session"),
    path("account/time/", views.session_time, name="session_time"),
    path("account/with/<slug:key>/", provider_views.start, name="provider_start"),
    path("account/with/<slug:key>/back/", provider_views.back, name="provider_back"),
    path("account/with/<slug:key>/connect/", provider_views.connect, name="provider_connect"),
    path("account/with/<slug:key>/confirm/", provider_views.confirm, name="provider_confirm"),
    path("account/with/<slug:key>/disconnect/", provider_views.disconnect, name="provider_disconnect"),
    path("language/", views.choose_language, name="set_language"),
    path("members/", views.members, name="members"),
    path("members/new/", views.invite, name="invite_member"),
    path("members/<uuid:member_id>/", views.member, name="member"),
    path("members/<uuid:member_id>/link/", views.new_link, name="new_member_link"),
    path("members/<uuid:member_id>/sessions/end/", views.end_sessions, name="end_member_sessions"),
    path("members/<uuid:member_id>/left/", views.leave, name="member_left"),
]
