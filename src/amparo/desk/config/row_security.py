"""Row-level security: for every table, who may see and write which of its rows, declared here and nowhere else.

A second line behind `for_member` queries and policies: a query that forgot its filter sees only the rows of the
organisation whose member asks (`core.scope`), and without one, none. Three database roles: the owner changes
tables and sees rows only while it migrates; the desk's serves pages; the worker's sees every organisation. The
latter two own nothing. `apply` makes the database so at every migration, `flaws` says where it is not.

A model with a column `organisation_id` has its rule by that; every other table is named here, or a test fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction

ORGANISATION = "(SELECT nullif(current_setting('amparo.organisation', true), '')::uuid)"
USER = "(SELECT nullif(current_setting('amparo.user', true), '')::uuid)"
REVIEWS, COORDINATES = (
    f"(SELECT '{duty}' = ANY (string_to_array(current_setting('amparo.duties', true), ',')))" for duty in ("reviews", "coordinates")
)
MIGRATING = "(SELECT current_setting('amparo.migrating', true) = 'yes')"
"""Each a scalar subquery: read once for a statement, not once for a row, so that an index on the column still serves."""

OWN = f"organisation_id = {ORGANISATION}"
POOLED = f"{OWN} OR {COORDINATES} OR organisation_id IN (SELECT id FROM access_organisation WHERE is_partner_only)"
SENT = "state NOT IN ('draft', 'dropped')"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table the desk may read, and which it may write (the same unless said otherwise), as SQL conditions."""

    read: str
    write: str = ""


RULES: dict[str, Rule] = {
    # Names and countries of partners are shown wherever a contribution or release is.
    "access.organisation": Rule("true", f"id = {ORGANISATION}"),
    # One's own places before the organisation is known; colleagues; whom a visible contribution, release or verdict names;
    # who handed a signal in here, and who works for a body to which an excerpt was opened here: the office reads who it was.
    "access.member": Rule(
        f"{OWN} OR user_id = {USER} OR id IN (SELECT brought_by_id FROM contributions_contribution) "
        "OR id IN (SELECT author_id FROM publication_release) OR id IN (SELECT reviewer_id FROM publication_review) "
        "OR id IN (SELECT sender_id FROM intake_signal) "
        f"OR organisation_id IN (SELECT body_id FROM consent_disclosure WHERE {OWN})",
        OWN,
    ),
    # The body to which an excerpt was opened finds it; what it shows is read in the office's own scope (`consent/excerpts`).
    "consent.disclosure": Rule(f"{OWN} OR body_id = {ORGANISATION}", OWN),
    # Sealed; colleagues' too, because an erasure reaches what was typed on a person's pages.
    "core.draft": Rule(f"user_id = {USER} OR user_id IN (SELECT user_id FROM access_member WHERE {OWN})"),
    # A checkpoint binds all heads: their places and digests, which say nothing of what happened.
    "audit.head": Rule("true", OWN),
    # Partners without members here have their rows brought by others; a coordinator looks after all contributions.
    "contributions.contribution": Rule(POOLED),
    "contributions.poolfile": Rule(POOLED),
    "contributions.tombstone": Rule(POOLED),
    # The files of contributions likewise; a file about a person (`key_id`) is never another organisation's.
    "files.storedfile": Rule(f"{OWN} OR (key_id IS NULL AND ({POOLED}))"),
    # What was sent to reviewers may be spent and published, and the ledger of the pool is read whole.
    "publication.release": Rule(f"{OWN} OR {SENT}", f"{OWN} OR ({REVIEWS} AND {SENT})"),
    "publication.review": Rule(
        f"{REVIEWS} OR release_id IN (SELECT id FROM publication_release WHERE {OWN})", f"{REVIEWS} AND user_id = {USER}"
    ),
    "publication.measured": Rule(f"{REVIEWS} OR release_id IN (SELECT id FROM publication_release WHERE {OWN})"),
}

OPEN: dict[str, str] = {
    "access.user": "an address is looked up before anybody is known; one account may have places in several organisations",
    "access.connection": "an account elsewhere is found by its keyed digest before anybody is known",
    "core.renewal": "ids of keys and counts; an erasure must find every key a person had, also those whose row is gone",
    "core.cursor": "the worker's place in the change log; the desk has no right to it at all",
    "audit.checkpoint": "binds the ends of all chains: organisations' ids, counts and digests",
    "contributions.poolversion": "a version of the pool spans all contributors: files' ids, row counts and checksums",
    "publication.budget": "the pool's ceiling, one for the site; public",
    "publication.spend": "the pool's ledger, which must be read whole or it would allow too much; public",
    "sessions.session": "found by its secret key before anybody is known; sealed under the site's key",
    "account.emailaddress": "the sign-in library's copy of an account's address, which is open itself",
    "account.emailconfirmation": "belongs to an account; never used here",
    "mfa.authenticator": "a second factor is checked before anybody is known; its secret is sealed under the site's key",
    "contenttypes.contenttype": "names of models",
    "auth.permission": "names of models; nobody is given any",
    "auth.group": "never used",
    "auth.group_permissions": "never used",
    "django_tasks_database.dbtaskresult": "the queue holds row ids and names of functions, never what they act on",
}
"""Tables without a rule, each with the reason."""

ALL = "SELECT, INSERT, UPDATE, DELETE"
APPEND = "SELECT, INSERT"
RIGHTS: dict[str, tuple[str, str]] = {
    "audit_event": (APPEND, APPEND),
    "audit_checkpoint": (APPEND, APPEND),
    "audit_head": ("SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "access_organisation": ("SELECT, UPDATE", "SELECT, INSERT, UPDATE"),
    "access_member": ("SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "access_user": ("SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "core_cursor": ("", ALL),
    "core_change": (APPEND, ALL),
    "core_renewal": ("SELECT, UPDATE", ALL),
    "django_migrations": ("SELECT", "SELECT"),
}
"""What desk and worker may do with a table, where that is not everything but emptying it."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The database roles under which pages and worker run, and whose the tables are."""

    desk: str
    worker: str
    owner: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where the database does not keep organisations apart: a code, and which role or table it is about."""

    code: str
    what: str


def models() -> dict[str, Any]:
    """Return every model with a table of its own, by its label."""
    return {model._meta.label_lower: model for model in apps.get_models(include_auto_created=True) if model._meta.managed}


def rule_of(model: Any) -> Rule | None:
    """Return a model's rule: the declared one, else its own organisation's rows, else None."""
    declared = RULES.get(model._meta.label_lower)
    if declared is not None:
        return declared
    return Rule(OWN) if any(field.column == "organisation_id" for field in model._meta.concrete_fields) else None


def undeclared() -> list[str]:
    """Return the models that have neither a rule nor a reason to have none, and the entries that name no model."""
    named = models()
    missing = [label for label, model in named.items() if rule_of(model) is None and label not in OPEN]
    both = [label for label in OPEN if label in named and rule_of(named[label]) is not None]
    return sorted({*missing, *both, *((set(RULES) | set(OPEN)) - set(named))})


def _references(model: Any) -> Iterator[tuple[str, str]]:
    """Yield (column, table) of each reference that the database itself checks, to a table with a rule."""
    for field in model._meta.concrete_fields:
        if field.remote_field and field.db_constraint and rule_of(field.remote_field.model) is not None:
            yield field.column, field.remote_field.model._meta.db_table


def _sees(table: str) -> str:
    return f"amparo_sees_{table}"


def _written(model: Any, rule: Rule) -> str:
    """Return the condition of a row that is written: one's own, and what it refers to may be seen.

    PostgreSQL checks foreign keys past all policies: without this a reference would tell what exists elsewhere.
    """
    quote = connection.ops.quote_name
    seen = [f"({quote(column)} IS NULL OR {_sees(table)}({quote(column)}))" for column, table in _references(model)]
    return " AND ".join([f"({rule.write or rule.read})", *seen])


def policies(model: Any, rule: Rule, roles: Roles) -> list[str]:
    """Return the statements that make a table's policies."""
    table, quote = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name
    read, write, written = rule.read, rule.write or rule.read, _written(model, rule)
    make = f"CREATE POLICY {{}} ON {table} FOR {{}} TO {{}} {{}}".format
    return [
        make("desk_reads", "SELECT", quote(roles.desk), f"USING ({read})"),
        make("desk_adds", "INSERT", quote(roles.desk), f"WITH CHECK ({written})"),
        make("desk_changes", "UPDATE", quote(roles.desk), f"USING ({write}) WITH CHECK ({written})"),
        make("desk_removes", "DELETE", quote(roles.desk), f"USING ({write})"),
        make("worker_sees_all", "ALL", quote(roles.worker), "USING (true) WITH CHECK (true)"),
        make("owner_migrates", "ALL", quote(roles.owner), f"USING ({MIGRATING}) WITH CHECK ({MIGRATING})"),
    ]


def apply(roles: Roles) -> None:
    """Make rights and policies what is declared here, in one transaction, as the tables' owner; what else there was goes."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _statements(roles, list(_tables(cursor)), list(_present(cursor))):
            cursor.execute(statement)


def _tables(cursor: Any) -> Iterable[str]:
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]


def _present(cursor: Any) -> Iterable[tuple[str, str]]:
    cursor.execute("SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema() ORDER BY 1, 2")
    return [(table, policy) for table, policy in cursor.fetchall()]


def _statements(roles: Roles, tables: list[str], present: list[tuple[str, str]]) -> Iterator[str]:
    quote = connection.ops.quote_name
    both, database = f"{quote(roles.desk)}, {quote(roles.worker)}", quote(connection.settings_dict["NAME"])
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {both}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {both}"
    yield f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {both}"
    yield f"GRANT USAGE ON SCHEMA public TO {both}"
    for table in tables:
        yield f"REVOKE ALL ON {quote(table)} FROM PUBLIC, {both}"
        for role, rights in zip((roles.desk, roles.worker), RIGHTS.get(table, (ALL, ALL)), strict=True):
            if rights:
                yield f"GRANT {rights} ON {quote(table)} TO {quote(role)}"
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {quote(roles.worker)}"  # which takes backups, as the owner does
    for table, policy in present:
        yield f"DROP POLICY {quote(policy)} ON {quote(table)}"
    ruled = [(model, rule) for model in models().values() if (rule := rule_of(model)) is not None]
    for table in sorted({table for model, _rule in ruled for _column, table in _references(model)}):
        yield (
            f"CREATE OR REPLACE FUNCTION {_sees(table)}(wanted uuid) RETURNS boolean LANGUAGE sql STABLE "
            f"AS 'SELECT EXISTS (SELECT FROM public.{quote(table)} WHERE id = wanted)'"
        )
    for model, rule in ruled:
        table = quote(model._meta.db_table)
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield from policies(model, rule, roles)


NOT_BOUND = """
SELECT 'role_superuser', rolname FROM pg_roles WHERE rolname = ANY (%(all)s) AND rolsuper
UNION ALL SELECT 'role_bypasses', rolname FROM pg_roles WHERE rolname = ANY (%(all)s) AND rolbypassrls
UNION ALL SELECT 'role_makes_roles', rolname FROM pg_roles WHERE rolname = ANY (%(both)s) AND (rolcreaterole OR rolcreatedb)
UNION ALL SELECT DISTINCT 'role_owns', rolname FROM pg_roles r WHERE rolname = ANY (%(both)s) AND (
    EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
    OR EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid) OR EXISTS (SELECT FROM pg_database WHERE datdba = r.oid))
UNION ALL SELECT 'role_becomes', r.rolname FROM pg_roles r WHERE r.rolname = ANY (%(both)s)
    AND EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
UNION ALL SELECT 'not_the_owner', relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND pg_get_userbyid(relowner) <> %(owner)s
UNION ALL SELECT 'database_not_owned', datname FROM pg_database WHERE datname = current_database()
    AND NOT pg_has_role(%(owner)s, datdba, 'MEMBER')
ORDER BY 1, 2
"""
"""What would let a role past the policies. A member of any role could become it (`SET ROLE`)."""


def flaws_of_roles(roles: Roles) -> list[Flaw]:
    """Return why the roles would not keep organisations apart, whatever the policies say."""
    every = [roles.desk, roles.worker, roles.owner]
    if len(set(every)) < 3:
        return [Flaw("roles_not_three", roles.desk)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [every])
        missing = sorted(set(every) - {name for (name,) in cursor.fetchall()})
        if missing:
            return [Flaw("role_missing", name) for name in missing]
        cursor.execute(NOT_BOUND, {"all": every, "both": every[:2], "owner": roles.owner})
        return [Flaw(code, what) for code, what in cursor.fetchall()]


PRESENT = """
SELECT 'policies_differ', tablename, row(policyname, permissive, roles, cmd, qual, with_check)::text FROM pg_policies
    WHERE schemaname = 'public'
UNION ALL SELECT 'security_off', relname, row(relrowsecurity, relforcerowsecurity)::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'rights_differ', relname, coalesce((SELECT string_agg(acl::text, ' ' ORDER BY acl::text)
    FROM unnest(relacl) acl), '') FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S') AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'rights_differ', nspname, nspacl::text FROM pg_namespace WHERE nspname = 'public'
UNION ALL SELECT 'rights_differ', datname, datacl::text FROM pg_database WHERE datname = current_database()
UNION ALL SELECT 'policies_differ', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def drift(roles: Roles) -> list[Flaw]:
    """Return every table whose rights or policies are not what is declared: made so, looked at, and undone again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PRESENT)
        found = set(cursor.fetchall())
        apply(roles)
        cursor.execute(PRESENT)
        wanted = set(cursor.fetchall())
        transaction.set_rollback(True)
    return [Flaw(code, what) for code, what in sorted({(code, what) for code, what, _how in found ^ wanted})]


@contextmanager
def seen_by_the_owner() -> Iterator[None]:
    """Let the owner see rows, for a migration of data; nothing else runs as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('amparo.migrating', 'yes', false)")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('amparo.migrating', '', false)")
