"""How long a start takes: `python benchmarks/start_up.py [--fresh]`.

Measures `./run` from the command to the first page of desk and portal, on the demo site that is
there; with `--fresh` also a clean clone in a temporary folder: set-up, demo, first page.
"""

import argparse
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_port():
    """Two neighbouring ports nobody uses."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def first_pages(folder):
    """Start `./run` in a folder; return the seconds to the desk's and the portal's first page, then end it."""
    port = free_port()
    begun = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, str(folder / "run"), "--port", str(port)], cwd=folder, **quiet) as process:
        taken = {}
        pages = {"desk": f"http://localhost:{port}/account/login/", "portal": f"http://localhost:{port + 1}/en/"}
        while len(taken) < len(pages) and process.poll() is None:
            for name, address in pages.items():
                try:
                    if name not in taken and urllib.request.urlopen(address, timeout=5).status == 200:
                        taken[name] = time.perf_counter() - begun
                except OSError:
                    time.sleep(0.02)
        process.send_signal(signal.SIGINT)
    return taken


def main():
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="also measure a clean clone")
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    if wanted.fresh:
        with tempfile.TemporaryDirectory() as place:
            clone = Path(place) / "amparo"
            subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
            taken = first_pages(clone)
            print("clean clone  " + "  ".join(f"{name} {seconds:.1f} s" for name, seconds in taken.items()))
    for number in range(wanted.runs):
        taken = first_pages(ROOT)
        print(f"start {number + 1}      " + "  ".join(f"{name} {seconds:.1f} s" for name, seconds in taken.items()))


if __name__ == "__main__":
    main()
