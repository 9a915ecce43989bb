"""Values of a streamed React tree that stand for others."""

from cinestreamd.agent.readers.flight_links import FlightLinks


def test_a_date_loses_its_mark() -> None:
    assert FlightLinks({}).followed({"start": "$D2026-11-27T19:00:00.000Z"}) == {"start": "2026-11-27T19:00:00.000Z"}


def test_a_link_is_replaced_by_the_row_it_names() -> None:
    links = FlightLinks({"7": {"title": "Stilla vatten"}})
    assert links.followed([{"movie": "$7", "hall": "$8"}]) == [{"movie": {"title": "Stilla vatten"}, "hall": "$8"}]


def test_a_link_may_lead_into_the_props_of_an_element() -> None:
    links = FlightLinks({"1a": ["$", "div", None, {"films": [{"title": "Kettu"}]}]})
    assert links.followed("$1a:props:films:0") == {"title": "Kettu"}


def test_links_in_a_circle_come_to_an_end() -> None:
    links = FlightLinks({"1": {"next": "$2"}, "2": {"next": "$1"}})
    followed = links.followed({"first": "$1"})
    assert followed["first"]["next"]["next"]["next"]
