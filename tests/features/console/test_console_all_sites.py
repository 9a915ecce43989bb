"""All sites at one look: in the console of a site that is named for it, and nowhere else."""

from typing import Any

from msgspec.structs import replace
from sites_at_one_look import BOOKS, KINO

from cinestreamd.all_sites import AllSites

WELL = replace(KINO, name="alpha", workers={"ready": 2}, restarts=0, books=replace(BOOKS, named=BOOKS.named[1:]))
GIVEN_UP = replace(KINO, name="zeta", state="fatal", workers={"fatal": 1}, books=None)
TOLD = AllSites(sites=(WELL, KINO, GIVEN_UP), spent=1_500_000, cap=5_000_000)


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


async def test_sites_at_one_look_those_first_that_need_the_operator(console: Any, master: Any) -> None:
    master.all_told = TOLD
    tree = await console.page("/ops/sites")
    assert texts(tree, ".figures div") == [
        "Sites 3",
        "Web workers 5/7",
        "Restarts 14",
        "Claude today $1.5000 of $5.0000",
    ]
    assert texts(tree, ".ops-card h2") == ["zeta given up", "kino serving", "alpha serving"]
    kino = tree.css(".ops-card")[1]
    assert texts(kino, "dl dd") == [
        "waits to be started again 1 ready 3",
        "7",
        "in 12 hours",
        "1, waiting: 2",
        "4",
        "$0.0123 of $2.0000",
    ]
    assert texts(kino, ".ops-tally li") == ["fresh 1", "being read 0", "old 2", "is due 1"]
    assert texts(kino, ".ops-rows li") == ["Lviv : old, 3 days ago 2 failed runs in a row", "Kyiv : fresh, 2 hours ago"]
    assert texts(kino, "p.note") == ["https://kino.example", "1 more"]
    assert kino.css_first("a").attributes["href"] == "https://kino.example"
    assert texts(tree.css(".ops-card")[0], ".empty") == ["The site’s store does not answer at the moment."]
    assert texts(tree, "nav [aria-current=page]") == ["Sites"]


async def test_why_claude_is_not_called_is_told(console: Any, master: Any) -> None:
    master.all_told = replace(TOLD, sites=(replace(WELL, books=replace(BOOKS, breaker="spend_limit")),), spent=None)
    tree = await console.page("/ops/sites")
    assert texts(tree, ".ops-card .ops-failed")[0] == "the account’s limit is reached"
    assert len(texts(tree, ".figures div")) == 3


async def test_in_the_operators_language(console: Any, master: Any) -> None:
    master.all_told = TOLD
    expected = {
        "uk": ("Сайти", "Львів : застарілі, 3 дні тому 2 невдалі обходи поспіль"),
        "ru": ("Сайты", "Львов : устаревшие, 3 дня назад 2 неудачных обхода подряд"),
    }
    for language, (heading, city) in expected.items():
        tree = await console.page("/ops/sites", language=language)
        assert texts(tree, "h1") == [heading]
        assert texts(tree.css(".ops-card")[1], ".ops-rows li")[0] == city


async def test_a_master_that_does_not_answer(console: Any, master: Any) -> None:
    master.all_told = None
    assert texts(await console.page("/ops/sites"), ".empty") == ["The master does not answer at the moment."]


async def test_a_site_that_is_not_named_has_no_such_page(open_console: Any, master: Any) -> None:
    master.all_told = TOLD
    console = await open_console(sees_all=False)
    console.log_in()
    await console.page("/ops/sites", status=404)
    assert "/ops/sites" not in (await console.page("/ops/")).html
    assert master.asked_for_all == 0
