"""The local database outside a run: brought up to date, or forgotten with all else."""

import os
import shutil

from deploy.database import prepare_database
from deploy.local.cluster import Cluster
from deploy.local.launcher_lock import LauncherLock
from deploy.local.local_folder import LocalFolder
from deploy.local.local_secrets import LocalSecrets
from deploy.local.server import CLUSTER, database_server
from deploy.local.supervisor import end_orphans


def migrate() -> None:
    """Brings the schema of the local database (or `QB_DATABASE_URL`'s) up to date."""
    folder = LocalFolder.of_clone()
    with (
        LauncherLock(folder.launcher),
        database_server(folder, os.environ.get("QB_DATABASE_URL")) as server,
    ):
        passwords = LocalSecrets.load_or_create(folder.secrets).database_passwords
        prepare_database(server.admin_url, server.database, passwords)


def reset() -> None:
    """Forgets the private cluster, files, secrets and logs; another server is not touched."""
    folder = LocalFolder.of_clone()
    with LauncherLock(folder.launcher):
        end_orphans(folder)
        Cluster(CLUSTER, folder.path).destroy()
        for path in (folder.secrets, folder.objects, folder.logs, folder.processes):
            shutil.rmtree(path)
        for path in (folder.demo, folder.demo_mark):
            path.unlink(missing_ok=True)
