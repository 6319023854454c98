"""`python -m amparo` is the `amparo` command."""

import sys

from amparo.cli import main

sys.exit(main())
