"""The most memory a process has held since a moment, as Linux counts it."""

from pathlib import Path


def forget_peak(pid: int) -> None:
    """Begin anew: from now on the peak is what is held from now on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_megabytes(pid: int) -> float:
    """The largest resident set since `forget_peak`, in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ProcessLookupError(f"process {pid} has no memory")
