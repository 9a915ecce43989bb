"""Words by which links to showtimes, and links to anything else, are known. Lower case; "*" stands for any ending."""

from typing import Final

# How much a word in a link's text or address speaks for showtimes behind it.
SCHEDULE_WORDS: Final[dict[str, int]] = {
    # Ukrainian, Russian, and both in Latin letters
    "розклад*": 12, "сеанс*": 12, "афіш*": 8, "кіноафіш*": 10, "сьогодні": 6, "репертуар*": 10, "у прокаті": 8,
    "зараз у кіно": 9, "расписани*": 12, "афиш*": 8, "киноафиш*": 10, "сегодня": 6, "в прокате": 8, "сейчас в кино": 9,
    "rozklad*": 12, "seans*": 12, "afisha*": 8, "raspisanie*": 12, "repertuar*": 10,
    # English
    "showtime*": 12, "show times": 12, "schedule*": 12, "timetable*": 12, "session*": 9, "screening*": 9, "listing*": 9,
    "what's on": 11, "whats on": 11, "whatson": 11, "now showing": 11, "now playing": 11, "nowshowing": 11,
    "calendar": 8, "programme*": 8, "program": 8, "today": 6, "films": 5, "movies": 5, "all films": 7, "all movies": 7,
    "this week": 7,
    # Polish, Czech, Romanian
    "grafik*": 6, "na ekranie": 7, "program kina": 11, "rozvrh*": 9, "hrajeme": 10, "predstaveni*": 8, "představení": 8,
    "orar*": 9, "programul": 10, "program cinema": 11, "filme": 5, "ce ruleaza": 9,
    # German, French, Spanish
    "spielplan": 12, "spielzeiten": 12, "kinoprogramm": 12, "programm": 10, "heute": 6, "vorstellungen": 10,
    "horaires": 12, "seances": 12, "séances": 12, "a l'affiche": 9, "à l'affiche": 9, "grille": 6, "aujourd'hui": 6,
    "cartelera": 12, "horarios": 12, "sesiones": 10, "programacion": 9, "programación": 9, "en cartel": 9, "hoy": 5,
    # Hebrew
    "הקרנות": 12, "לוח הקרנות": 13, "לוח סרטים": 11, "סרטים": 6, "עכשיו בקולנוע": 10, "היום": 5,
}  # fmt: skip

# Links with one of these words lead elsewhere: to a till, an account, news.
OTHER_WORDS: Final = frozenset({
    # tills
    "buy", "book", "booking", "bookings", "ticket", "tickets", "checkout", "cart", "basket", "purchase", "order",
    "seat", "seats", "квитки", "квиток", "купити", "купить", "билет", "билеты", "кошик", "корзина", "бронювання",
    "забронювати", "забронировать", "kupyty", "kvytky", "kvytok", "bron", "bronuvannia", "bilet", "bilety", "koszyk",
    "kup", "kaufen", "warenkorb", "karten", "reserver", "réserver", "reservation", "réservation", "billetterie",
    "panier", "entradas", "comprar", "vstupenky", "kosik", "košík", "pokladna", "rezerva", "rezervare", "כרטיסים",
    "הזמנה",
    # accounts
    "login", "signin", "register", "account", "profile", "logout", "вхід", "вход", "увійти", "войти", "logowanie",
    "konto", "connexion", "compte", "contul", "התחברות",
    # the house
    "about", "contact", "contacts", "privacy", "terms", "cookies", "faq", "rules", "rent", "hire", "party", "parties",
    "advertising", "loyalty", "membership", "jobs", "career", "careers", "gift", "voucher", "vouchers", "shop", "store",
    "контакти", "контакты", "вакансії", "вакансии", "оренда", "аренда", "правила", "kontakt", "karriere", "gutschein",
    "gutscheine", "contacto",
    # what is told, not shown
    "news", "blog", "press", "trailer", "trailers", "archive", "новини", "новости", "акції", "акции", "архів", "архив",
    "aktualnosci", "feed", "rss", "facebook", "instagram", "twitter", "telegram", "tiktok", "youtube",
})  # fmt: skip

# Endings of addresses that are no pages.
FILE_ENDINGS: Final = (
    ".pdf", ".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".ico", ".css", ".js", ".zip", ".doc", ".docx", ".xls",
    ".xlsx", ".mp3", ".mp4", ".avi", ".ics", ".apk", ".exe", ".woff", ".woff2",
)  # fmt: skip
