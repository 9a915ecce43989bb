"""The films of the demo town. All of them are invented: titles, people and stories."""

from typing import Final

from cinestreamd.demo.website import Film

SALT_ROAD: Final = Film(
    slug="salt-road",
    titles={"uk": "Соляна дорога", "en": "The Salt Road"},
    original_title="The Salt Road",
    year=2026,
    minutes=118,
    language="en",
    director={"uk": "Імоджен Гарт", "en": "Imogen Harte"},
    age="12+",
    blurb={
        "uk": "Дві сестри ведуть останній соляний караван через море, що висохло за їхнього життя.",
        "en": "Two sisters lead the last salt caravan across a sea that dried up within their lifetime.",
    },
)
NINTH_ORBIT: Final = Film(
    slug="ninth-orbit",
    titles={"uk": "Дев’ята орбіта", "en": "The Ninth Orbit"},
    original_title="The Ninth Orbit",
    year=2026,
    minutes=132,
    language="en",
    director={"uk": "Тобіас Ренн", "en": "Tobias Renn"},
    age="12+",
    blurb={
        "uk": "Станція на краю Сонячної системи приймає власний сигнал лиха, якого ще не подавала.",
        "en": "A station at the edge of the solar system picks up its own distress call, not yet sent.",
    },
)
LAST_TRAM: Final = Film(
    slug="last-tram",
    titles={"uk": "Останній трамвай до Пущі", "en": "Last Tram to Pushcha"},
    original_title="Останній трамвай до Пущі",
    year=2026,
    minutes=104,
    language="uk",
    director={"uk": "Марта Ковалик", "en": "Marta Kovalyk"},
    age="12+",
    blurb={
        "uk": "Одна ніч, один вагон і семеро пасажирів, які проїхали свою зупинку.",
        "en": "One night, one carriage, and seven passengers who have all missed their stop.",
    },
)
TIDE_1971: Final = Film(
    slug="tide-1971",
    titles={"uk": "Прилив", "en": "The Tide"},
    original_title="Прилив",
    year=1971,
    minutes=91,
    language="uk",
    director={"uk": "Остап Верес", "en": "Ostap Veres"},
    age="12+",
    blurb={
        "uk": "Поетична класика про рибальське село на косі. Відновлена копія.",
        "en": "A poetic classic about a fishing village on a spit of sand. Restored print.",
    },
)
TIDE_2025: Final = Film(
    slug="tide-2025",
    titles={"uk": "Прилив", "en": "Springtide"},
    original_title="Springtide",
    year=2025,
    minutes=109,
    language="en",
    director={"uk": "Іфа Марров", "en": "Aoife Marrow"},
    age="16+",
    blurb={
        "uk": "Доглядачка маяка знаходить у шторм човен, повний чужих листів.",
        "en": "After a storm a lighthouse keeper finds a boat full of other people's letters.",
    },
)
HEDGEHOG: Final = Film(
    slug="hedgehog",
    titles={"uk": "Їжак Тиміш і крадії зірок", "en": "Hedgehog Tim and the Star Thieves"},
    original_title="Їжак Тиміш і крадії зірок",
    year=2026,
    minutes=82,
    language="uk",
    director={"uk": "Леся Дубова", "en": "Lesia Dubova"},
    age="0+",
    blurb={
        "uk": "Хтось краде зорі просто з неба, і лише найменший мешканець саду знає, де шукати.",
        "en": "Somebody is stealing the stars, and only the smallest one in the garden knows where to look.",
    },
)
WHISPER: Final = Film(
    slug="whisper",
    titles={"uk": "Шепіт у ліфті", "en": "Whisper in the Lift"},
    original_title="Whisper in the Lift",
    year=2025,
    minutes=97,
    language="en",
    director={"uk": "Джона Пелл", "en": "Jonah Pell"},
    age="16+",
    blurb={
        "uk": "У будинку дванадцять поверхів. Ліфт зупиняється на тринадцятому.",
        "en": "The building has twelve floors. The lift stops at the thirteenth.",
    },
)
CHESTNUTS: Final = Film(
    slug="chestnuts",
    titles={"uk": "Каштани для мсьє Бро", "en": "Chestnuts for Monsieur Bro"},
    original_title="Des marrons pour monsieur Bro",
    year=2025,
    minutes=101,
    language="fr",
    director={"uk": "Солен Обрак", "en": "Solène Aubrac"},
    age="12+",
    blurb={
        "uk": "Буркотливий нотаріус успадковує візок зі смаженими каштанами і мусить на ньому працювати.",
        "en": "A grumpy notary inherits a chestnut cart, on the condition that he works it.",
    },
)
BREAD_AT_FOUR: Final = Film(
    slug="bread-at-four",
    titles={"uk": "Хліб о четвертій", "en": "Bread at Four"},
    original_title="Brot um vier",
    year=2024,
    minutes=113,
    language="de",
    director={"uk": "Генріке Фогт", "en": "Henrike Vogt"},
    age="16+",
    blurb={
        "uk": "Пекар, що не спить, і листоноша, що не поспішає: повільна історія одного кварталу.",
        "en": "A baker who cannot sleep, a postwoman who will not hurry: the slow story of one street.",
    },
)
WEATHERWOMAN: Final = Film(
    slug="weatherwoman",
    titles={"uk": "Метеорологиня", "en": "The Weatherwoman"},
    original_title="Метеорологиня",
    year=2026,
    minutes=76,
    language="uk",
    director={"uk": "Ірина Савчин", "en": "Iryna Savchyn"},
    age="0+",
    blurb={
        "uk": "Документальний портрет жінки, яка сорок років сама міряє вітер на полонині.",
        "en": "A portrait of a woman who has measured the mountain wind alone for forty years.",
    },
)
HAZEL_FLINT: Final = Film(
    slug="hazel-flint",
    titles={"uk": "Ліщина й Кремінь", "en": "Hazel & Flint"},
    original_title="Hazel & Flint",
    year=2025,
    minutes=112,
    language="en",
    director={"uk": "Роуен Ешбі", "en": "Rowan Ashby"},
    age="12+",
    blurb={
        "uk": "Двоє шахраїв відкривають чесну крамницю, і це виявляється найважчою аферою.",
        "en": "Two swindlers open an honest shop. It turns out to be the hardest con of all.",
    },
)
LETTERS_1948: Final = Film(
    slug="lighthouse-letters-1948",
    titles={"uk": "Листи з маяка", "en": "The Lighthouse Letters"},
    original_title="The Lighthouse Letters",
    year=1948,
    minutes=88,
    language="en",
    director={"uk": "Седрик Вейн", "en": "Cedric Wain"},
    age="0+",
    blurb={
        "uk": "Класика студійного кіно: війна скінчилася, а листи до маяка все йдуть.",
        "en": "The studio classic: the war is over, and still letters arrive at the lighthouse.",
    },
)
LETTERS_2026: Final = Film(
    slug="lighthouse-letters-2026",
    titles={"uk": "Листи з маяка", "en": "The Lighthouse Letters"},
    original_title="The Lighthouse Letters",
    year=2026,
    minutes=121,
    language="en",
    director={"uk": "Прія Ломакс", "en": "Priya Lomax"},
    age="12+",
    blurb={
        "uk": "Нова екранізація: онука доглядача вперше читає те, що він не наважився розпечатати.",
        "en": "Filmed anew: the keeper's granddaughter reads what he never dared to open.",
    },
)
DEPTFORD: Final = Film(
    slug="deptford",
    titles={"uk": "8½ миль від Дептфорда", "en": "8½ Miles from Deptford"},
    original_title="8½ Miles from Deptford",
    year=2025,
    minutes=94,
    language="en",
    director={"uk": "Кваме Саттер", "en": "Kwame Sutter"},
    age="12+",
    blurb={
        "uk": "Нічний автобус ламається, і весь верхній поверх вирішує йти пішки.",
        "en": "The night bus breaks down, and the whole top deck decides to walk.",
    },
)
OTTERS: Final = Film(
    slug="otters",
    titles={"uk": "Видри річки Лі", "en": "Otters of the Lea"},
    original_title="Otters of the Lea",
    year=2026,
    minutes=79,
    language="en",
    director={"uk": "Нелл Ферроу", "en": "Nell Farrow"},
    age="0+",
    blurb={
        "uk": "Рік із життя родини видр між складами й каналами великого міста.",
        "en": "A year with a family of otters among the warehouses and canals of a great city.",
    },
)
