"""Finding cities by a point, checked against a plain look at every city."""

import math
import random
import sqlite3
from contextlib import closing

import pytest

from cinestreamd.errors import InvalidInputError
from cinestreamd.gazetteer import Gazetteer, PointOutOfRangeError
from cinestreamd.gazetteer.database import packaged_path
from cinestreamd.gazetteer.sphere import great_circle_km

KM_PER_RADIAN = 6371.0088


def angle_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The angle at the Earth's centre by the vector formula, which shares nothing with the haversine."""
    a, b = (
        (
            math.cos(math.radians(p)) * math.cos(math.radians(q)),
            math.cos(math.radians(p)) * math.sin(math.radians(q)),
            math.sin(math.radians(p)),
        )
        for p, q in ((lat, lon), (other_lat, other_lon))
    )
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))


@pytest.fixture(scope="module")
def all_points() -> list[tuple[float, float]]:
    with closing(sqlite3.connect(packaged_path())) as database:
        return database.execute("SELECT lat, lon FROM cities").fetchall()


def points_to_try() -> list[tuple[float, float]]:
    chance = random.Random(20261121)  # noqa: S311 - points of a test are no secrets
    anywhere = [(math.degrees(math.asin(chance.uniform(-1, 1))), chance.uniform(-180, 180)) for _ in range(12)]
    seams = [(0, 180), (0, -180), (-17.8, 179.99), (-17.8, -179.99), (52, -180), (66, 179.5), (-21.2, -175.2)]
    poles = [(90, 0), (90, 123), (-90, 0), (-90, -77), (89.99, 45), (-89.99, 45), (-48.88, -123.39)]
    return [*anywhere, *seams, *poles, (50.45, 30.52), (0, 0)]


@pytest.mark.parametrize("point", points_to_try(), ids=lambda point: f"{point[0]:.2f},{point[1]:.2f}")
def test_the_nearest_are_those_that_a_look_at_every_city_finds(
    gazetteer: Gazetteer, all_points: list[tuple[float, float]], point: tuple[float, float]
) -> None:
    expected = sorted(KM_PER_RADIAN * angle_between(*point, *other) for other in all_points)[:10]
    assert [distance for _, distance in gazetteer.nearest(*point)] == pytest.approx(expected, abs=1e-3)


def test_the_nearest_are_named_and_in_order(gazetteer: Gazetteer) -> None:
    found = gazetteer.nearest(49.8397, 24.0297, limit=3)
    assert found[0][0].id == "lviv"
    assert found[0][1] < 1
    distances = [distance for _, distance in found]
    assert distances == sorted(distances)


def test_across_the_antimeridian_is_near(gazetteer: Gazetteer) -> None:
    """Apia lies at 171.8° W, Labasa at 179.4° E: from 180° Labasa is the nearer one, on either spelling of it."""
    for lon in (180.0, -180.0):
        city, distance = gazetteer.nearest(-16.43, lon, limit=1)[0]
        assert (city.names.en, city.country) == ("Labasa", "FJ")
        assert distance == pytest.approx(68, abs=4)


@pytest.mark.parametrize(
    ("start", "end", "kilometres"),
    [
        ((0.0, 0.0), (0.0, 0.0), 0.0),
        ((0.0, 0.0), (0.0, 90.0), 10_007.56),
        ((90.0, 0.0), (-90.0, 0.0), 20_015.11),
        ((0.0, 179.5), (0.0, -179.5), 111.195),
        ((50.4501, 30.5234), (49.8397, 24.0297), 468.3),
        ((51.5074, -0.1278), (40.7128, -74.0060), 5570.2),
    ],
)
def test_distances_are_great_circles(start: tuple[float, float], end: tuple[float, float], kilometres: float) -> None:
    assert great_circle_km(*start, *end) == pytest.approx(kilometres, rel=2e-3)
    assert great_circle_km(*end, *start) == pytest.approx(great_circle_km(*start, *end))


@pytest.mark.parametrize("limit", [1, 10, 50])
def test_the_limit_is_kept(gazetteer: Gazetteer, limit: int) -> None:
    assert len(gazetteer.nearest(50.45, 30.52, limit=limit)) == limit
    assert len(gazetteer.nearest(-48.88, -123.39, limit=limit)) == limit


def test_no_more_than_fifty_are_given_and_none_for_no_limit(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.nearest(50.45, 30.52, limit=10_000)) == 50
    assert gazetteer.nearest(50.45, 30.52, limit=0) == []


@pytest.mark.parametrize(
    "point",
    [
        (90.001, 0),
        (-91, 0),
        (0, 180.001),
        (0, -181),
        (999, 999),
        (math.nan, 0),
        (0, math.nan),
        (math.inf, 0),
        (0, -math.inf),
    ],
)
def test_a_point_that_is_not_on_earth_is_refused(gazetteer: Gazetteer, point: tuple[float, float]) -> None:
    with pytest.raises(PointOutOfRangeError) as caught:
        gazetteer.nearest(*point)
    assert isinstance(caught.value, InvalidInputError)
    assert "latitude runs from -90 to 90" in str(caught.value)
