"""Reading an XLS workbook on trial: a program of its own, with little memory and time.

The reader of these files makes room for whatever they claim, and a process that runs out of
memory so cannot be saved. It is called by its path with Python's `-I`: neither this folder, in
which modules are named as in the standard library, nor an environment is looked at.
"""

import json
import resource
import sys

import fastexcel

# Workbooks of 80 MB take up to 1.2 GB, a sheet that is empty up to its last corner 1.6 GB: so it
# is its size that is told.
MAXIMUM_BYTES = 2 << 30
MAXIMUM_SECONDS = 60
# What Python itself never ends with when a program cannot be started or is told to stop.
DAMAGED = 3


def main(path: str) -> int:
    """Print the rows and columns of all sheets up to their outermost cells, as JSON pairs.

    Returns `DAMAGED` if the file cannot be read. Beyond its memory or time the program is ended
    by a signal: SIGABRT or SIGXCPU.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAXIMUM_BYTES, MAXIMUM_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAXIMUM_SECONDS, MAXIMUM_SECONDS + 1))
    try:
        sizes = _sizes(path)
    except KeyboardInterrupt:
        raise
    except BaseException:  # the reader's panics are no `Exception`
        return DAMAGED
    sys.stdout.write(json.dumps(sizes))
    return 0


def _sizes(path: str) -> list[tuple[int, int]]:
    reader = fastexcel.read_excel(path)
    sizes = []
    for name in reader.sheet_names:
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        if sheet.total_height and sheet.width:
            # that there is room for the texts as well
            sheet.__arrow_c_array__()
        sizes.append((sheet.total_height, sheet.width))
    return sizes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
