"""Live pages: every two seconds a page asks for the parts that change.

A part is the same template that drew the page first, so there is no second way to show a
thing. What it holds is escaped by the template, as everywhere.
"""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue


def live_answer(parts: Mapping[str, str], **values: Any) -> ResponseReturnValue:
    """Draw parts of a page. parts: name of the part → template; values: for all of them."""
    drawn = {name: render_template(template, **values) for name, template in parts.items()}
    return jsonify(parts=drawn)
