"""Every address of the desk."""

from django.urls import include, path

from amparo.desk.config import health, metrics

handler400 = "amparo.desk.config.errors.bad_request"
handler403 = "amparo.desk.config.errors.forbidden"
handler404 = "amparo.desk.config.errors.not_found"
handler429 = "amparo.desk.config.errors.too_many"
handler500 = "amparo.desk.config.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("amparo.desk.access.urls")),
    path("", include("amparo.desk.cases.urls")),
    path("", include("amparo.desk.consent.urls")),
    path("", include("amparo.desk.identification.urls")),
    path("", include("amparo.desk.journeys.urls")),
    path("", include("amparo.desk.questions.urls")),
    path("", include("amparo.desk.answers.urls")),
    path("", include("amparo.desk.intake.urls")),
    path("", include("amparo.desk.workbench.urls")),
    path("", include("amparo.desk.oversight.urls")),
    path("evidence/releases/", include("amparo.desk.publication.urls")),
    path("evidence/contributions/", include("amparo.desk.contributions.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
