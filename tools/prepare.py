"""Bring what Amparo needs into this folder: an environment in `.venv`, and nothing anywhere else.

Only the standard library is used, because nothing else is there yet. Every way in which set-up
can fail ends in one sentence that says what to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
TOOLS = os.path.join(ROOT, ".tools")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
SUPPORTED = ((3, 11), (3, 13))
NEEDED_MB = 1500


class Refusal(Exception):
    """Set-up cannot go on; the message tells the person what to do."""


def check_python():
    version = sys.version_info[:2]
    if not SUPPORTED[0] <= version <= SUPPORTED[1]:
        raise Refusal(
            "Amparo needs Python 3.11, 3.12 or 3.13, and this is %d.%d: run it with one of those, for example `python3.11 ./run`."
            % version
        )


def digest(name):
    with open(os.path.join(ROOT, "requirements", name + ".txt"), "rb") as lock:
        return hashlib.sha256(lock.read() + sys.version.encode()).hexdigest()


def installed(name):
    """True when the environment already holds this lock file's packages, or the larger set."""
    try:
        with open(STAMP) as stamp:
            held = stamp.read().split()
    except OSError:
        return False
    wanted = {digest(name)} | ({digest("dev")} if name == "base" else set())
    return os.path.exists(PYTHON) and bool(wanted & set(held))


def check_room():
    try:
        for folder in (VENV, TOOLS):
            os.makedirs(folder, exist_ok=True)
            probe = os.path.join(folder, ".writable")
            with open(probe, "w"):
                pass
            os.remove(probe)
    except OSError as error:
        raise Refusal(
            "Amparo cannot write into %s (%s): copy it into a folder of your own and start it there." % (ROOT, error.strerror)
        )
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < NEEDED_MB:
        raise Refusal(
            "Only %d MB are free on this disk and set-up needs %d MB: free some space and start again." % (free, NEEDED_MB)
        )


def call(command, **environment):
    """Run one step quietly; its output is shown only when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(os.environ, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode == 0, done.stdout.decode(errors="replace")


def has(module):
    return (
        subprocess.run([sys.executable, "-m", module, "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        == 0
    )


def has_venv():
    return subprocess.run([sys.executable, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL).returncode == 0


def ensure_installer():
    """Either pip or venv must be there; Debian gives neither by itself."""
    if has("pip") or has_venv():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        call(["apt-get", "update"])
        done, words = call(["apt-get", "install", "-y", "--no-install-recommends", "python3-pip"], DEBIAN_FRONTEND="noninteractive")
        if done and has("pip"):
            return
        raise Refusal("Debian's python3-pip could not be installed; the package manager said:\n" + last(words))
    raise Refusal("Python's installer is missing: type `sudo apt install python3-pip` and start again.")


def last(words, lines=6):
    return "\n".join("    " + line for line in words.strip().splitlines()[-lines:])


def failed(words):
    signs = ("No space left", "ENOSPC", "os error 28")
    if any(sign in words for sign in signs):
        return Refusal("The disk is full: free %d MB and start again." % NEEDED_MB)
    signs = (
        "Temporary failure in name resolution",
        "Connection refused",
        "Network is unreachable",
        "dns error",
        "tcp connect",
        "NewConnectionError",
        "timed out",
        "error sending request",
        "Failed to fetch",
        "client error (Connect)",
        "Could not find a version",
    )
    if any(sign in words for sign in signs):
        return Refusal("The packages could not be fetched: check the network connection (or the proxy) and start again.")
    return Refusal("The packages could not be installed; the installer said:\n" + last(words))


def bring_uv():
    """Return the path of a hash-checked uv inside this folder, or None where pip is missing."""
    uv = os.path.join(TOOLS, "bin", "uv")
    if os.path.exists(uv):
        return uv
    if not has("pip"):
        return None
    done, words = call(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--upgrade",
            "--target",
            TOOLS,
            "-r",
            "requirements/uv.txt",
        ],
        PIP_ROOT_USER_ACTION="ignore",
    )
    if done and os.path.exists(uv):
        return uv
    if has_venv() and not done and "hash" in words.lower():
        return None
    raise failed(words)


def fill(name):
    """Make `.venv` hold exactly the locked packages."""
    lock = os.path.join("requirements", name + ".txt")
    uv = bring_uv()
    if uv:
        steps = [
            [uv, "venv", "--quiet", "--allow-existing", "--no-config", "--python", sys.executable, VENV],
            [uv, "pip", "sync", "--quiet", "--no-config", "--require-hashes", "--compile-bytecode", "--python", PYTHON, lock],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", VENV],
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", lock],
        ]
    for step in steps:
        done, words = call(step, UV_SYSTEM_CERTS="1", UV_LINK_MODE="copy")
        if not done:
            raise failed(words)


def show_package():
    """Let the environment see `src/` without building anything."""
    folder = os.path.join(VENV, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
    with open(os.path.join(folder, "amparo.pth"), "w") as path:
        path.write(os.path.join(ROOT, "src") + "\n")


def warm():
    """Compile the numeric kernels once, so that the first release does not wait for it."""
    call([PYTHON, "-m", "compileall", "-q", "src"])
    done, words = call([PYTHON, "-m", "amparo", "warm"])
    if not done:
        raise Refusal("The numeric kernels could not be compiled:\n" + last(words))


def prepare(name="base"):
    """Promise a `.venv` that matches `requirements/<name>.txt`; do nothing when it already does."""
    check_python()
    if installed(name):
        return
    check_room()
    print("Setting up Amparo in this folder (once) ...", file=sys.stderr, flush=True)
    ensure_installer()
    try:
        if os.path.exists(STAMP):
            os.remove(STAMP)
        fill(name)
        show_package()
        warm()
        with open(STAMP, "w") as stamp:
            stamp.write(digest(name) + "\n")
    except OSError as error:
        if error.errno == 28:
            raise Refusal("The disk is full: free %d MB and start again." % NEEDED_MB)
        raise Refusal("Set-up could not go on: %s. Mend that and start again." % error)
