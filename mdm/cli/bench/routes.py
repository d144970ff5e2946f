"""Where the server under test serves what; known to both sides of the measurement."""

CONNECT = "/mdm/connect"
EMPTY = "/bench/empty"
FLASK = f"/bench/flask{CONNECT}"
PROCESS = "/bench/process"
# Names the variable that names the databases beside the main one: JSON, name → URL.
DATABASES = "MDM_BENCH_DATABASES"


def path_of(database: str) -> str:
    """Where the device door on another database is served."""
    return f"/bench/{database}{CONNECT}"
