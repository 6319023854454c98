"""Makes a site with the demo's members and nothing else, in its own process: `python tests/way/making.py FOLDER`."""

import sys
from pathlib import Path

from amparo.cli import sites


def main(folder):
    site, master = sites.make_folder(
        Path(folder), name="Meridian", languages=("en", "fr", "es"), passphrase=sites.DEMO_PASSPHRASE, is_demo=True
    )
    sites.start_django(site, master)
    sites.lay_tables()
    from amparo.demo.building import make_members

    make_members()


if __name__ == "__main__":
    main(sys.argv[1])
