"""`python -m mdm.cli.bench.serve PORT`: the server under test, with granian as in production."""

import sys

from mdm.cli.bench.wsgi import build
from mdm.cli.web import Listening, _server


def serve(port: int) -> None:
    """Serve with one worker until told to end."""
    # Production's own options, or the bench would measure another server.
    _server(Listening("127.0.0.1", port)).serve(target_loader=build, wrap_loader=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
