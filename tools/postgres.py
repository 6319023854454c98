"""A PostgreSQL of our own for the tests: made in a temporary folder, on loopback, ended with the block."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile


def programs():
    """Return the folder with initdb and pg_ctl, newest first, or None where PostgreSQL is missing."""
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]), reverse=True)
    return next((place for place in places if os.path.exists(os.path.join(place, "initdb"))), None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged():
    """PostgreSQL refuses to run as root: return a user to become, or None when we are nobody special."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def addresses(url):
    """Return the environment of a site on such a server: the addresses of pages, worker and owner."""
    roles = {"DATABASE_URL": "amparo_desk", "DATABASE_WORKER_URL": "amparo_worker", "DATABASE_OWNER_URL": "amparo"}
    return {name: url.replace("//amparo:", "//%s:" % role) for name, role in roles.items()}


@contextlib.contextmanager
def server():
    """Yield a DATABASE_URL to a fresh server; its role owns the database and is no superuser.

    The roles of the desk and its worker stand beside it. It may become either, and inherits from neither, so that one
    test can do both (`conftest.py`). In an office nobody may become another.
    """
    place, user, port = programs(), unprivileged(), free_port()
    folder = tempfile.mkdtemp(prefix="amparo-postgres-")
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}

    def run(program, *arguments):
        subprocess.run(
            [os.path.join(place, program), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **become,
        )

    data = os.path.join(folder, "data")
    try:
        run("initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = "-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c fsync=off -c shared_buffers=64MB" % (
            port,
            folder,
        )
        run("pg_ctl", "-D", data, "-w", "-l", os.path.join(folder, "log"), "-o", options, "start")
        try:
            sql = (
                "CREATE ROLE amparo LOGIN CREATEDB PASSWORD 'amparo'; CREATE ROLE amparo_desk LOGIN PASSWORD 'amparo'; "
                "CREATE ROLE amparo_worker LOGIN PASSWORD 'amparo'; "
                "CREATE ROLE amparo_both NOINHERIT; GRANT amparo_desk, amparo_worker TO amparo_both; GRANT amparo_both TO amparo"
            )
            run("psql", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "owner", "-d", "postgres", "-c", sql)
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "owner", "-O", "amparo", "amparo")
            yield "postgres://amparo:amparo@127.0.0.1:%d/amparo" % port
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
