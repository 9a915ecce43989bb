"""The names of kinds of films in the languages of cinemas: where titles stand, "Drama, Comedy" stands beside them."""

import re
from functools import cache

from cinestreamd.agent.readers.calendar_words import fold

_GENRES = (
    "action adventure animation animated anime biography biographical biopic children comedy crime documentary drama "
    "family fantasy historical history horror kids music musical mystery romance romantic sci-fi science fiction scifi "
    "short shorts sport thriller war western concert opera ballet "
    "abenteuer animationsfilm biografie dokumentarfilm dokumentation doku familie familienfilm fantasie geschichte "
    "historienfilm kinderfilm komödie kriegsfilm krimi liebesfilm musik musikfilm tragikomödie zeichentrick kurzfilm "
    "aventure biographie comédie dramatique documentaire drame familial famille fantastique guerre histoire historique "
    "policier romantique court-métrage épouvante jeunesse comédie-dramatique "
    "acción animación aventura aventuras biográfico bélica ciencia ficción comedia documental familiar histórica "
    "histórico infantil misterio policíaco romance romántica suspense suspenso terror "
    "animazione avventura azione biografico commedia documentario drammatico famiglia fantascienza giallo guerra "
    "musicale orrore poliziesco romantico sentimentale storico "
    "animacja animowany biograficzny dokument dokumentalny dramat familijny fantastyczny historyczny komedia kryminał "
    "muzyczny obyczajowy przygodowy romans sensacyjny wojenny dla dzieci "
    "akční animovaný dětský dobrodružný dokumentární fantasy historický hudební komedie krimi rodinný romantický "
    "životopisný válečný pohádka animák dráma komédia rodinný dobrodružný "
    "аніме анімація біографія бойовик військовий детектив документальний драма дитячий екшн жахи історичний комедія "
    "кримінал мелодрама містика мультфільм мюзикл пригоди романтика сімейний спорт трилер фантастика фентезі "
    "анимация биография боевик военный документальный детский исторический комедия криминал мистика мультфильм "
    "приключения семейный триллер ужасы фэнтези "
    "actie avontuur biografie documentaire familie historisch jeugd komedie misdaad oorlog romantiek tekenfilm "
    "akció animációs családi dokumentum dokumentumfilm dráma életrajzi kaland kalandfilm mese romantikus sci-fi "
    "történelmi vígjáték zenés bűnügyi háborús thriller "
    "acção ação aventura animação comédia documentário família ficção científica histórico romance "
    "acțiune animație aventuri biografic comedie dragoste familie istoric mister muzical "
    "dokumentär familjefilm komedi krig rysare skräck spänning äventyr barnfilm dramakomedi drama- "
    "dokumentar eventyr familiefilm gyser krimi spænding spenning komedie grøsser barnefilm "
    "animaatio dokumentti draama elämäkerta jännitys kauhu komedia lastenelokuva perhe seikkailu toiminta "
    "aile aksiyon animasyon bilim kurgu biyografi dram gerilim komedi korku macera romantik savaş suç tarih "
    "κωμωδία δράμα περιπέτεια δράση θρίλερ κινούμενα σχέδια ντοκιμαντέρ οικογενειακή ρομαντική τρόμου φαντασίας "
    "דרמה קומדיה מותחן אימה אנימציה דוקומנטרי משפחה פעולה רומנטי הרפתקאות "
    "animacija biografski dokumentarni drama dječji komedija obiteljski pustolovni ratni romantični triler "
    "biográfia animasjon"
)
_SIGNS = re.compile(r"[\s\x1f,/|·•&+;:()-]+")
_JOINING = frozenset(
    ["and", "und", "et", "y", "e", "i", "a", "и", "та", "і", "en", "och", "og", "ja", "és", "ve", "film", "фільм"]
)
_MOST_WORDS = 8


@cache
def _genres() -> frozenset[str]:
    return frozenset(fold(word) for word in _GENRES.split())


def names_genres(text: str) -> bool:
    """Whether a text consists of names of genres: "Drama", "Komödie, Familie". A film may be called "Western", too."""
    words = [fold(word) for word in _SIGNS.split(text[:100]) if word]
    genres = sum(word in _genres() for word in words)
    return genres > 0 and len(words) <= _MOST_WORDS and all(word in _genres() or word in _JOINING for word in words)
