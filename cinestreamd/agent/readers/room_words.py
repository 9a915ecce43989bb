"""The words by which rooms of cinemas are named, folded."""

from cinestreamd.agent.readers.calendar_words import fold

ROOM_WORDS = frozenset(
    fold(word)
    for word in (
        *("hall", "screen", "auditorium", "saal", "sala", "sale", "salle", "zaal", "sal", "salon", "salong", "sál"),
        *("terem", "зал", "зала", "salė", "sali", "αίθουσα", "אולם", "dvorana", "studio", "theatre"),
    )
)
