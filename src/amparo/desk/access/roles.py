"""Roles and what each may do at most. Need-to-know narrows this further; nothing widens it."""

from enum import StrEnum


class Role(StrEnum):
    """What a member does in their organisation."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    SHELTER_STAFF = "shelter_staff"
    HEALTH = "health"
    LAWYER = "lawyer"
    DATA_STEWARD = "data_steward"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    LABOUR_INSPECTION = "labour_inspection"
    POLICE = "police"
    IMMIGRATION_ENFORCEMENT = "immigration_enforcement"


class Purpose(StrEnum):
    """Why a page is opened: every page declares one, and the audit event carries it."""

    SIGN_IN = "sign_in"
    CASEWORK = "casework"
    SUPERVISION = "supervision"
    EVIDENCE = "evidence"
    PUBLICATION = "publication"
    OVERSIGHT = "oversight"
    ADMINISTRATION = "administration"
    OWN_ACCOUNT = "own_account"
    ACCESS_REVIEW = "access_review"
    REFERRING_IN = "referring_in"
    LAW_ENFORCEMENT = "law_enforcement"


INSIDE = frozenset({Role.CASEWORKER, Role.SUPERVISOR, Role.SHELTER_STAFF, Role.HEALTH, Role.LAWYER})
"""Roles that may be given a case, each by need-to-know."""

OUTSIDE = frozenset({Role.LABOUR_INSPECTION, Role.POLICE, Role.IMMIGRATION_ENFORCEMENT})
"""Outside bodies: no case is ever theirs to open here, and no purpose of the office theirs to serve."""

PURPOSES: dict[Role, frozenset[Purpose]] = {
    Role.CASEWORKER: frozenset({Purpose.CASEWORK}),
    Role.SUPERVISOR: frozenset({Purpose.CASEWORK, Purpose.SUPERVISION, Purpose.ACCESS_REVIEW}),
    Role.SHELTER_STAFF: frozenset({Purpose.CASEWORK}),
    Role.HEALTH: frozenset({Purpose.CASEWORK}),
    Role.LAWYER: frozenset({Purpose.CASEWORK}),
    Role.DATA_STEWARD: frozenset({Purpose.EVIDENCE, Purpose.PUBLICATION}),
    Role.REVIEWER: frozenset({Purpose.PUBLICATION}),
    Role.COORDINATOR: frozenset({Purpose.EVIDENCE, Purpose.PUBLICATION, Purpose.SUPERVISION}),
    Role.AUDITOR: frozenset({Purpose.OVERSIGHT}),
    Role.ADMINISTRATOR: frozenset({Purpose.ADMINISTRATION, Purpose.ACCESS_REVIEW}),
    Role.LABOUR_INSPECTION: frozenset({Purpose.REFERRING_IN}),
    Role.POLICE: frozenset({Purpose.REFERRING_IN, Purpose.LAW_ENFORCEMENT}),
    Role.IMMIGRATION_ENFORCEMENT: frozenset(),
}
"""The purposes a role can serve; signing in and one's own account are open to every member."""
EVERYBODY = frozenset({Purpose.SIGN_IN, Purpose.OWN_ACCOUNT})
