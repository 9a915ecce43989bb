"""The same answer as GET /api/showtimes by Flask, as most people would write it: what cinestreamd is held against.

It reads the same SQLite file with the standard library, makes dictionaries of rows and lets Flask make JSON of them.
"""

import json
import os
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
KEPT = threading.local()
FIELDS = (
    *("format", "language", "original_language", "subtitles", "room", "price", "availability", "access"),
    *("buy_link", "evidence", "reader"),
)


def rows(sql: str, *parameters: object) -> list[Any]:
    """The first column of all rows, over a connection that each thread keeps."""
    if not hasattr(KEPT, "connection"):
        KEPT.connection = sqlite3.connect(f"file:{os.environ['BENCH_DATABASE']}?mode=ro", uri=True)
    return [row[0] for row in KEPT.connection.execute(sql, parameters).fetchall()]


def records(sql: str, *parameters: object) -> list[dict[str, Any]]:
    """The records of all rows."""
    return [json.loads(text) for text in rows(sql, *parameters)]


@app.get("/api/showtimes")
def show_showtimes() -> Response:
    """All showtimes of a city that are still to come."""
    city, now = request.args["city"], datetime.now(UTC)
    zone = ZoneInfo(rows("SELECT timezone FROM location WHERE id = ?", city)[0])
    updated = rows("SELECT last_updated FROM location WHERE id = ?", city)[0]
    shows = records(
        "SELECT record FROM showtime WHERE city_id = ? AND start_time >= ? ORDER BY start_time, cinema_id, id",
        city,
        int(now.timestamp() * 1000),
    )
    ids = sorted({show["film_id"] for show in shows})
    films = {
        film["id"]: film
        for film in records(f"SELECT record FROM film WHERE id IN ({','.join('?' * len(ids))})", *ids)  # noqa: S608 - marks alone
    }
    cinemas = {cinema["id"]: cinema for cinema in records("SELECT record FROM cinema WHERE city_id = ?", city)}
    return jsonify(
        city=city,
        status="fresh",
        updated=datetime.fromtimestamp(updated / 1000, UTC).isoformat(),
        showtimes=[item(show, films[show["film_id"]], cinemas[show["cinema_id"]], zone) for show in shows],
    )


def item(show: dict[str, Any], film: dict[str, Any], cinema: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """One showing as the API tells it."""
    return {
        "id": show["id"],
        "title": show["raw_title"],
        "film": {key: film[key] for key in ("id", "titles", "year", "duration_minutes")},
        "cinema": {"id": cinema["id"], "name": cinema["name"]},
        "start": datetime.fromisoformat(show["start_time"]).astimezone(zone).isoformat(),
        "business_day": show["business_day"],
        **{key: show[key] for key in FIELDS},
        "simulated": show["reader"] == "claude-simulated",
    }
