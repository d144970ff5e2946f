"""What `mdm up` starts: python -m mdm.cli.child web|web-device|worker-JOB HOME ARGUMENT…

Settings come from the environment, as the parent prepared it. The name and the home stand in
the command line so that a later run recognises what an earlier one left.
Not here: the commands for production (serve.py, worker.py), which check more.
"""

import json
import sys
from pathlib import Path

from mdm.base.bell import Job
from mdm.base.settings import read_settings

WEB = "web"
DEVICE_WEB = "web-device"
_WORKER = "worker-"


def web_arguments(host: str, port: int, workers: int, certificate_folder: Path | None) -> str:
    """Write what the web child is told; `certificate_folder`: None for plain HTTP."""
    folder = str(certificate_folder) if certificate_folder is not None else None
    return json.dumps({"host": host, "port": port, "workers": workers, "tls": folder})


def worker_name(job: Job) -> str:
    """The name of the child that does one job."""
    return _WORKER + job.value


def main(name: str, arguments: list[str]) -> None:
    """Become the child called `name`."""
    if name in (WEB, DEVICE_WEB):
        _serve(name, json.loads(arguments[0]))
    else:
        _work(Job(name.removeprefix(_WORKER)))


def _serve(name: str, told: dict[str, object]) -> None:
    # Loaded here, since a worker needs no web server and would carry it in its memory.
    from mdm.cli.certificate import tls_in
    from mdm.cli.web import Listening, Part, serve

    folder = told["tls"]
    tls = tls_in(Path(str(folder))) if folder is not None else None
    listening = Listening(str(told["host"]), int(str(told["port"])), int(str(told["workers"])), tls)
    part = Part.DEVICE if name == DEVICE_WEB else Part.EVERYTHING
    serve(read_settings(), part, listening)


def _work(job: Job) -> None:
    from mdm.base import log
    from mdm.doors.jobs.worker import run_worker

    settings = read_settings()
    log.configure(settings.log_level)
    run_worker(job, settings)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:])
