"""How often somebody may guess a password.

Only failed attempts count. They are counted by address and login together, by login, and by
address: a school behind one address is not locked out by one forgetful person, and a guesser
with many addresses still meets a limit.
"""

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter

from mdm.base.client_address import client_address, origin
from mdm.base.tools import Tools
from mdm.doors.console.blueprint import PREFIX

_ENDPOINT = "console.sign_in"
_PAIR = "5 per minute; 15 per hour"
_LOGIN = "40 per hour"
_ADDRESS = "60 per minute; 300 per hour"
_REDIS_PATIENCE = 0.5


def configure(app: Flask, tools: Tools) -> None:
    """Limit failed sign-ins. Shared through Redis where there is one, else by process."""
    proxies = tools.settings.trusted_proxies

    def address() -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return origin(client_address(request.remote_addr, forwarded, proxies))

    limiter = Limiter(
        address,
        storage_uri=_storage(tools.settings.redis_url),
        storage_options=_options(tools.settings.redis_url),
        strategy="moving-window",
        # With Redis stopped every process counts for itself, and nobody is locked out by that.
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="klassensatz-sign-in",
    )
    limiter.request_filter(_is_none_of_ours)
    limiter.init_app(app)
    view: Any = app.view_functions[_ENDPOINT]
    rules = ((_PAIR, lambda: f"{address()} {_login()}"), (_LOGIN, _login), (_ADDRESS, address))
    for rule, key in rules:
        limit = limiter.limit(rule, key_func=key, methods=["POST"], deduct_when=_has_failed)
        view = limit(view)
    app.view_functions[_ENDPOINT] = view


def _login() -> str:
    return request.form.get("login", "").strip().lower()[:80]


def _has_failed(response: Response) -> bool:
    return response.status_code == 401


def _is_none_of_ours() -> bool:
    return not request.path.startswith(f"{PREFIX}/")


def _storage(redis_url: str) -> str:
    if not redis_url:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1)


def _options(redis_url: str) -> dict[str, str | int]:
    if not redis_url:
        return {}
    patience: dict[str, float] = {
        "socket_timeout": _REDIS_PATIENCE,
        "socket_connect_timeout": _REDIS_PATIENCE,
    }
    # The library hands these to the Redis client as they are, which takes fractions.
    return patience  # type: ignore[return-value]
