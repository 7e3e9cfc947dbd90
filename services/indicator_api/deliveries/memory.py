"""Memory given back to the system: a worker that has read a large file is as small as before."""

import ctypes
import gc

import pyarrow as pa

# Numbers of glibc's mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE_BYTES = 1 << 20


def keep_memory_small() -> None:
    """Let large arrays go back to the system as soon as they are freed, whichever thread made them.

    Else glibc raises the size from which it does so with each array, and keeps what is below.
    """
    # glibc alone has it
    if (choose := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        choose(_MMAP_THRESHOLD, _LARGE_BYTES)
        choose(_ARENA_MAX, 2)


def set_program_aside() -> None:
    """Before a large file: what is there already is none of the garbage to be looked for after it.

    Looking through all of the program takes a tenth of a second.
    """
    gc.freeze()


def give_back_memory() -> None:
    """Hand free pages back that the allocators of numpy and Arrow would keep for themselves.

    Measured: after a file of five million rows a worker keeps 160 MB without it; the next such
    file comes on top.
    """
    gc.collect()
    gc.unfreeze()
    pa.default_memory_pool().release_unused()
    # glibc alone has it
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
