"""Ids of showtimes, listings and the health of cinemas."""

from datetime import UTC, date, datetime

import msgspec

from cinestreamd.agent.publish import CinemaReading, build_publication
from cinestreamd.agent.verify import Showing
from cinestreamd.store.base import Cinema, Evidence, Publication, Run, SourceOutcome, SourceResult

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
START = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
RUN = Run(id="run-1", city_id="kyiv", owner="o", trigger="visitor", started_at=NOW)
CINEMA = Cinema(
    id="kyiv-zirka", city_id="kyiv", name="Зірка", url="https://zirka.example/", source="config", failures=3
)
SHOWING = Showing(
    title="Dune",
    raw_title="Dune (2D)",
    start_time=START,
    business_day=date(2026, 11, 21),
    evidence=Evidence(url="https://zirka.example/", quote="19:30", fetched_at=NOW),
    reader="test",
)


def publication(*showings: Showing, outcome: SourceOutcome = "published", keep: bool = False) -> Publication:
    result = SourceResult(cinema_id=CINEMA.id, url=CINEMA.url, outcome=outcome)
    reading = CinemaReading(cinema=CINEMA, result=result, showings=None if keep else showings)
    return build_publication([reading], known_films=(), run=RUN, now=NOW)


def ids(*showings: Showing) -> list[str]:
    return [showtime.id for showtime in publication(*showings).listings[0].showtimes]


def changed(**fields: object) -> Showing:
    return msgspec.structs.replace(SHOWING, **fields)


def test_a_showing_becomes_a_showtime_of_its_film_and_run() -> None:
    made = publication(SHOWING)
    (showtime,) = made.listings[0].showtimes
    assert (showtime.cinema_id, showtime.film_id, showtime.run_id) == ("kyiv-zirka", "dune", "run-1")
    assert (showtime.start_time, showtime.business_day, showtime.raw_title) == (START, date(2026, 11, 21), "Dune (2D)")
    assert showtime.evidence == SHOWING.evidence
    assert showtime.created_at == NOW
    assert [film.id for film in made.films] == ["dune"]


def test_an_id_does_not_change_with_what_may_be_learned_later() -> None:
    assert ids(SHOWING) == ids(changed(room="2", format="2D", link="https://zirka.example/1", year=2021, title="DUNE!"))


def test_an_id_changes_with_film_and_start() -> None:
    assert len({*ids(SHOWING), *ids(changed(title="Alien")), *ids(changed(start_time=START.replace(minute=45)))}) == 3


def test_twins_have_ids_of_their_own_whatever_their_order() -> None:
    one, two = changed(room="1"), changed(room="2")
    assert len(set(ids(one, two))) == 2
    assert set(ids(one, two)) == set(ids(two, one))
    assert len(set(ids(changed(format="2D"), changed(format="3D")))) == 2
    assert len(set(ids(changed(language="uk"), changed(language="en")))) == 2


def test_showtimes_are_listed_by_start() -> None:
    late = changed(start_time=START.replace(hour=19))
    assert [s.start_time for s in publication(late, SHOWING).listings[0].showtimes] == [START, late.start_time]


def test_a_cinema_that_could_not_be_read_has_no_listing_and_one_more_failure() -> None:
    made = publication(outcome="unreachable", keep=True)
    assert made.listings == ()
    assert (made.cinemas[0].failures, made.cinemas[0].last_read, made.cinemas[0].last_outcome) == (
        4,
        None,
        "unreachable",
    )


def test_a_cinema_that_was_read_is_healthy_again() -> None:
    made = publication(SHOWING)
    assert (made.cinemas[0].failures, made.cinemas[0].last_read, made.cinemas[0].last_outcome) == (0, NOW, "published")
