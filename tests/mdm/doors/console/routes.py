"""Every route of the console with its variables filled in, for the matrices."""

from collections.abc import Iterator

from flask import Flask

from tests.mdm.doors.console.conftest import World

OPEN = {"console.sign_in", "console.language", "console.static"}
_METHODS = ("GET", "POST")
NO_SUCH = 999_999


def routes(app: Flask, world: World) -> Iterator[tuple[str, str, str]]:
    """List endpoint, method and path of every route, with the numbers of school A."""
    values = {
        "school_id": world.school_a,
        "device_id": world.device,
        "link_id": world.link,
        "enrollment_id": world.held,
        "action_id": world.order,
        "import_id": world.roster,
        "blueprint_id": world.blueprint,
        "group_id": world.group,
        "plan_id": world.plan,
        "digest": world.effect,
        # No rule is in force yet; test_assignment_pages.py has one.
        "assignment_id": NO_SUCH,
        "kind": "erase",
        "rest": "nowhere",
        "filename": "console.css",
    }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("console."):
            continue
        path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        for method in _METHODS:
            if method in (rule.methods or set()):
                yield rule.endpoint, method, path
