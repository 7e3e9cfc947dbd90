"""PostgreSQL's settings for a private cluster, given at each start."""

import shutil
from pathlib import Path

_COMMON = {
    "port": "5432",  # only part of the socket's name
    "listen_addresses": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "cluster_name": "quartierblick",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # Partitions by year: dropping a database's worth of them takes many locks.
    "max_locks_per_transaction": "256",
    # Compiling costs more than the platform's short queries take.
    "jit": "off",
    # No replica exists; bulk loads into new tables then skip the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
_DISPOSABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "1h",
}
_LITTLE_SHARED_MEMORY = 256 * 1024 * 1024


def server_settings(socket: Path, *, is_disposable: bool) -> dict[str, str]:
    """Name and value of each setting, for a server with its socket in that folder."""
    settings = _COMMON | (_DISPOSABLE if is_disposable else {})
    settings["unix_socket_directories"] = str(socket)
    settings["unix_socket_permissions"] = "0700"
    if _has_little_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _has_little_shared_memory() -> bool:
    """Containers often come with 64 MB of it, which parallel queries overrun."""
    try:
        return shutil.disk_usage("/dev/shm").total < _LITTLE_SHARED_MEMORY  # noqa: S108
    except OSError:
        return False
