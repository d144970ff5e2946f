"""Counters of the house, for /metrics. Names and labels are promises once released."""

from prometheus_client import Counter, Histogram

DEVICE_REFUSALS = Counter(
    "klassensatz_device_refusals_total", "Requests the device door refused", ["kind"]
)
DEVICE_ALARMS = Counter(
    "klassensatz_device_alarms_total", "Certificates that no honest device shows", ["kind"]
)
PUSHES = Counter("klassensatz_pushes_total", "Pushes by outcome", ["kind"])
JOBS = Counter("klassensatz_jobs_total", "Jobs by outcome", ["job", "outcome"])
JOB_SECONDS = Histogram("klassensatz_job_seconds", "Duration of jobs", ["job"])
