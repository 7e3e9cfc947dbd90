"""A bare application of this folder as a process of its own, served as the platform is."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.ports import HOST
from tests.support.platform import free_ports


@contextmanager
def bare_application(module: str, **environment: str) -> Iterator[str]:
    """Start `create_app` of a module under uvicorn; its base URL. Ended on leaving."""
    port = free_ports().web
    command = [sys.executable, "-m", "uvicorn", "--factory", "--no-access-log"]
    command += [f"tests.performance.{module}:create_app", "--host", HOST, "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        try:
            _wait_until_open(port, process)
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the bare application has ended"
        try:
            socket.create_connection((HOST, port), timeout=5).close()
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nobody listens on {port}")
