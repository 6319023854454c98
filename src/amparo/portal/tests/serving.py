"""Serve the portal for tests in a process of its own, under a watch: whatever it must never do ends the process.

`python -m amparo.portal.tests.serving FORBIDDEN_FOLDER` prints the port. The watch ends the process with status 99 when
it opens a file in the forbidden folder (but not its `bundles`), opens any file there for writing, connects to a
database or to another machine, or starts a process other than the reader of releases that nobody vouches for.
"""

import os
import sys

ENDED = 99
READER = ["-P", "-m", "amparo.bundle.apart"]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def watch(forbidden: str) -> None:
    """Add an audit hook that ends the process at the first forbidden act; a hook cannot be removed."""
    bundles = os.path.join(forbidden, "bundles")

    def within(path: str, folder: str) -> bool:
        return path == folder or path.startswith(folder + os.sep)

    def look(event: str, arguments: tuple) -> None:
        bad = event in ("sqlite3.connect", "socket.connect", "os.system", "os.exec")
        if event == "subprocess.Popen":
            bad = list(arguments[1])[1:4] != READER
        if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            bad = within(path, forbidden) and not within(path, bundles)
            if event == "open" and within(path, forbidden):
                mode, flags = arguments[1] or "", arguments[2] or 0
                bad = bad or any(letter in str(mode) for letter in "wax+") or bool(flags & WRITING)
        if bad:
            os.write(2, f"forbidden: {event} {arguments[:1]!r}\n".encode())
            os._exit(ENDED)

    sys.addaudithook(look)


def main() -> None:
    """Serve until ended."""
    from waitress import create_server

    watch(os.path.abspath(sys.argv[1]))
    from amparo.portal.wsgi import application

    server = create_server(application, host="127.0.0.1", port=0, threads=4)
    os.write(1, f"{server.effective_port}\n".encode())
    server.run()


if __name__ == "__main__":
    main()
