"""What the grid's own program asks of the server, as it is typed in."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Response, jsonify, request

from ckanext.odlocale.publishing.grid_page import Table
from ckanext.odlocale.publishing.grid_paste_views import say_pasted, write_question
from ckanext.odlocale.publishing.grid_views import grid
from ckanext.odlocale.publishing.release import explain

__all__ = ["grid"]

#: The longest request, in bytes: a whole table pasted at once.
MAX_BYTES = 16 * 1024 * 1024

Answer = Response | tuple[Response, int]


@grid.post(
    "/<code>/<schema>/saisie/appel/<any(show,save,rows,check,paste):name>",
)
def ask(code: str, schema: str, name: str) -> Answer:
    """Call one action of the grid on this draft, as JSON."""
    if (request.content_length or 0) > MAX_BYTES:
        return _refuse(413, tk._("This is too much at once. Do it in several times."))
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        return _refuse(400, tk._("This page is out of date. Reload it."))
    try:
        return jsonify(_answer(Table(code, schema), name, asked))
    except tk.NotAuthorized:
        return _refuse(403, tk._("This page is reserved to another town hall."))
    except tk.ObjectNotFound:
        return _refuse(404, tk._("This collectivité was not found."))
    except tk.ValidationError as error:
        return _refuse(422, explain(error))


def _answer(table: Table, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    place = set(table.place)
    data = {str(key): value for key, value in asked.items() if key not in place}
    answer = table.call(name, **data)
    if name == "paste":
        answer["said"] = say_pasted(answer)
        answer["question"] = write_question(table, answer)
    return answer


def _refuse(status: int, message: str) -> Answer:
    return jsonify({"message": message}), status
