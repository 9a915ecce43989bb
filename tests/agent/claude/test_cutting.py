"""Long texts in parts: each row stays with its day, and nothing is lost or said twice."""

from cinestreamd.agent.claude.cutting import cut, halve

WEEK = [
    line
    for day in range(1, 8)
    for line in (
        f"0{day}.12.2026",
        *(line for film in ("Довбуш", "Мавка", "Земля") for line in (f"{film} {day}", "18:30 зал 1", "21:10 зал 2")),
    )
]


def names_day(line: str) -> bool:
    return ".12.2026" in line


def test_a_text_that_fits_is_one_part() -> None:
    text = "\n".join(WEEK) + "\n"
    assert cut(text, longest=10_000, names_day=names_day) == [text]
    assert cut("", longest=100, names_day=names_day) == [""]


def test_parts_begin_with_a_day_and_hold_every_line_once() -> None:
    parts = cut("\n".join(WEEK), longest=400, names_day=names_day)
    assert len(parts) > 3
    assert [line for part in parts for line in part.splitlines()] == WEEK
    assert all(names_day(part.splitlines()[0]) for part in parts)
    assert all(len(part.encode()) <= 400 for part in parts)


def test_a_day_that_is_too_long_is_cut_by_films_and_its_name_repeated() -> None:
    films = [line for number in range(40) for line in (f"Фільм {number}", "10:00", "22:15")]
    parts = cut("\n".join(["01.12.2026", *films]), longest=300, names_day=names_day)
    assert len(parts) > 2
    assert all(part.splitlines()[0] == "01.12.2026" for part in parts)
    assert all(part.splitlines()[1].startswith("Фільм ") for part in parts)
    assert [line for part in parts for line in part.splitlines() if not names_day(line)] == films
    assert all(len(part.encode()) <= 300 for part in parts)


def test_prose_that_mentions_a_date_heads_no_part() -> None:
    prose = "Вистава 01.12.2026 " + "довга " * 30
    parts = cut("\n".join([prose, *WEEK[1:10] * 16]), longest=1000, names_day=names_day)
    assert len(parts) > 1
    assert not any(names_day(part) for part in parts[1:])


def test_a_line_without_end_is_shortened_at_a_character() -> None:
    [part] = cut("ї" * 10_000, longest=1001, names_day=names_day)
    assert part == "ї" * 125 + "\n"


def test_halves_are_cut_at_a_day_near_the_middle() -> None:
    first, second = halve("\n".join(WEEK), names_day=names_day)
    assert first.splitlines() + second.splitlines() == WEEK
    assert second.startswith("04.12.2026")


def test_halves_within_one_day_both_name_it() -> None:
    first, second = halve("\n".join(WEEK[:10]), names_day=names_day)
    assert (first.splitlines()[0], second.splitlines()[0]) == ("01.12.2026", "01.12.2026")
    assert first.splitlines() + second.splitlines()[1:] == WEEK[:10]


def test_one_line_is_halved_between_sentences() -> None:
    text = "Вітаємо! Отже, 01.12.2026 о 19:30 «Довбуш». А 02.12.2026 о 21:10 «Мавка». До зустрічі!"
    assert halve(text, names_day=names_day) == [
        "Вітаємо! Отже, 01.12.2026 о 19:30 «Довбуш». ",
        "А 02.12.2026 о 21:10 «Мавка». До зустрічі!",
    ]
    assert halve("01.12.2026 о 19:30 «Довбуш»\n", names_day=names_day) == ["01.12.2026 о 19:30 «Довбуш»\n"]
