"""`python -m mdm.cli.bench.serve PORT`: the server under test, with granian as in production."""

import sys

from mdm.base.settings import read_settings
from mdm.cli.bench.wsgi import build
from mdm.cli.web import Listening, server


def serve(port: int) -> None:
    """Serve with one worker until told to end."""
    # Production's own options, or the bench would measure another server.
    on_sqlite = read_settings().database.startswith("sqlite")
    server(Listening("127.0.0.1", port), on_sqlite=on_sqlite).serve(
        target_loader=build, wrap_loader=False
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
