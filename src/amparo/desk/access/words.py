"""The words for roles and refusals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .roles import Role

ROLES = {
    Role.CASEWORKER: pgettext_lazy("role", "Caseworker"),
    Role.SUPERVISOR: pgettext_lazy("role", "Supervisor"),
    Role.SHELTER_STAFF: pgettext_lazy("role", "Shelter staff"),
    Role.HEALTH: pgettext_lazy("role", "Health worker"),
    Role.LAWYER: pgettext_lazy("role", "Lawyer"),
    Role.DATA_STEWARD: pgettext_lazy("role", "Data steward"),
    Role.REVIEWER: pgettext_lazy("role", "Reviewer of releases"),
    Role.COORDINATOR: pgettext_lazy("role", "Coordinator"),
    Role.AUDITOR: pgettext_lazy("role", "Auditor"),
    Role.ADMINISTRATOR: pgettext_lazy("role", "Administrator"),
    Role.LABOUR_INSPECTION: pgettext_lazy("role", "Labour inspection (outside body)"),
    Role.POLICE: pgettext_lazy("role", "Police (outside body)"),
    Role.IMMIGRATION_ENFORCEMENT: pgettext_lazy("role", "Immigration enforcement (outside body, never sees a case)"),
}

REFUSALS = {
    "outside_role_stands_alone": _("An outside body’s role cannot be held together with any other."),
    "steward_is_no_reviewer": _("Who prepares releases cannot review them: choose data steward or reviewer."),
    "administrator_is_no_auditor": _("Who administers accounts cannot audit: choose administrator or auditor."),
    "address_taken": _("This address cannot be used here. Ask for another one."),
}
