"""A small workbook's sheets as text, read in a process of its own: a file made to break a native reader breaks that one only.

Before any reader sees it, the workbook is looked over (`standard.workbooks`): bombs, macros, locked and doubled parts are refused.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence

from amparo.standard import workbooks
from amparo.standard.apart import environment
from amparo.standard.reasons import Refused
from amparo.standard.tables import refuse

LIMIT = 4 * 1024 * 1024
ROWS, COLUMNS, SHEETS = 2_000, 120, 12
MEMORY, SECONDS = 2 * 1024**3, 20
Sheets = Mapping[str, Sequence[Sequence[str]]]


def read(content: bytes) -> Sheets:
    """Return the rows of every sheet of a workbook, by its name; raises `Refused` for one that is broken, hostile or too large."""
    if len(content) > LIMIT:
        raise refuse("too_large", limit=LIMIT // 1024**2, size=len(content) // 1024**2)
    workbooks.formulas_in(content, LIMIT)
    command = (sys.executable, "-P", "-m", "amparo.desk.questions.sheets")
    try:
        child = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), timeout=60, check=True
        )
        found: Sheets = json.loads(child.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise refuse("unsafe_file") from None
    if any(len(rows) > ROWS or any(len(row) > COLUMNS for row in rows) for rows in found.values()):
        raise Refused(refuse("too_many_cells", limit=ROWS * COLUMNS, count=ROWS * COLUMNS + 1).reasons[0])
    return found


def main() -> None:
    """Read a workbook from standard input and answer with its sheets as JSON."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    import fastexcel

    reader = fastexcel.read_excel(sys.stdin.buffer.read())
    found = {}
    for name in reader.sheet_names[:SHEETS]:
        cells = reader.load_sheet(name, header_row=None, dtypes="string", n_rows=ROWS + 1).to_polars()
        found[name] = [[cell or "" for cell in row] for row in cells.rows()]
    sys.stdout.write(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
