"""A person with a browser: keeps cookies, reads the token of a form, sends it back."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One browser; nobody is signed in at first."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form from one of our pages, with the token it holds."""
        return self.client.post(path, data=fields | {"csrf_token": self.token()})

    def token(self) -> str:
        """The token of the forms this browser has been given."""
        page = self.get("/console/sign-in").text
        found = _TOKEN.search(page)
        assert found is not None
        return found[1]

    def sign_in(self, login: str, password: str, path: str = "/console/sign-in") -> TestResponse:
        return self.post(path, login=login, password=password)

    def cookie(self) -> str:
        """The value of the cookie as it lies in the browser."""
        found = self.client.get_cookie("klassensatz")
        return found.value if found is not None else ""

    def become(self, person_id: int, since: str, version: int = 1) -> "Browser":
        """Hold the cookie of somebody who has signed in, without typing a password."""
        with self.client.session_transaction("/console/") as session:
            session.update(person=person_id, version=version, since=since)
        return self
