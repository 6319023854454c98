"""A connection that tells PostgreSQL its scope before each statement, and works under no role that sees too much or too little."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.db.backends.postgresql import base

from amparo.desk.core import scope

TELL = (
    "SELECT set_config('amparo.organisation', %s, false), set_config('amparo.user', %s, false), "
    "set_config('amparo.duties', %s, false)"
)
IS_UNBOUND = (
    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r') "
    "FROM pg_roles WHERE rolname = current_user"
)
IS_BLIND = """
SELECT EXISTS (SELECT FROM pg_policies WHERE schemaname = 'public') AND NOT EXISTS (
    SELECT FROM pg_policies WHERE schemaname = 'public' AND current_user = ANY (roles) AND cmd = 'ALL' AND qual = 'true')
"""
"""Whether policies hide rows from this role: whoever removes what no row names would remove everything."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection; the scope of what runs is a setting of the session, told anew whenever it may have changed.

    A statement under another scope than the session's never leaves: the next request on a kept
    connection, a new connection in the middle of a request and a setting that a rollback undid all
    meet the comparison in `_cursor`.
    """

    _told: scope.Scope | None = None

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect; a new session knows of no scope."""
        self._told = None
        return super().get_new_connection(conn_params)

    def init_connection_state(self) -> None:
        """Refuse a session to whom policies do not apply where they must, or from whom they hide what it must see."""
        super().init_connection_state()
        if self.settings_dict.get("BOUND_BY_POLICIES") and self._finds(IS_UNBOUND):
            raise ImproperlyConfigured(
                "the desk and its worker must not use a database role that is a superuser, bypasses row-level security "
                "or owns tables: see docs/how-to/postgresql.md"
            )
        if self.settings_dict.get("SEES_EVERY_ROW") and self._finds(IS_BLIND):
            raise ImproperlyConfigured(
                "the worker and the commands need the worker's database role (DATABASE_WORKER_URL): see docs/how-to/postgresql.md"
            )

    def _finds(self, question: str) -> bool:
        with self.connection.cursor() as cursor:
            return bool(cursor.execute(question).fetchone()[0])

    def is_usable(self) -> bool:
        """Say whether the session is alive, by telling it the scope anew: it must be told one at a request's beginning anyway."""
        self._told = None
        try:
            self._tell(scope.current())
        except Error:
            return False
        return self._told is not None

    def _cursor(self, name: str | None = None) -> Any:
        self.close_if_health_check_failed()
        self.ensure_connection()
        self._tell(scope.current())
        return super()._cursor(name)

    def _tell(self, wanted: scope.Scope) -> None:
        if wanted == self._told or self.needs_rollback or self.connection is None:
            return
        told = (str(wanted.organisation_id or ""), str(wanted.user_id or ""), ",".join(sorted(wanted.duties)))
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(TELL, told)
        self._told = wanted

    def _rollback(self) -> Any:
        self._told = None  # what was set inside is undone
        return super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self._told = None
