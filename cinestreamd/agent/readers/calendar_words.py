"""Month names, weekday names and words for today and tomorrow, as cinema pages print them.

The names follow Unicode CLDR, with the case endings and abbreviations that people write beside it. Words are compared
by ``fold``: case, accents and apostrophes do not matter.
"""

import unicodedata
from functools import cache

# Each line: January to December, forms of one month joined by "/".
_MONTHS = {
    "uk": "січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт/кві травень/травня/трав/тра "
    "червень/червня/черв/чер липень/липня/лип серпень/серпня/серп/сер вересень/вересня/вер жовтень/жовтня/жовт/жов "
    "листопад/листопада/лист/лис грудень/грудня/груд/гру",
    "ru": "январь/января/янв февраль/февраля/фев/февр март/марта/мар апрель/апреля/апр май/мая июнь/июня/июн "
    "июль/июля/июл август/августа/авг сентябрь/сентября/сен/сент октябрь/октября/окт ноябрь/ноября/ноя/нояб "
    "декабрь/декабря/дек",
    "en": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept "
    "october/oct november/nov december/dec",
    "pl": "styczeń/stycznia/sty luty/lutego/lut marzec/marca/mar kwiecień/kwietnia/kwi maj/maja czerwiec/czerwca/cze "
    "lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź/paz "
    "listopad/listopada/lis "
    "grudzień/grudnia/gru",
    "de": "januar/jan/jänner februar/feb/feber märz/mär/mrz april/apr mai juni/jun juli/jul august/aug "
    "september/sep/sept oktober/okt november/nov dezember/dez",
    "fr": "janvier/janv/jan février/févr/fév mars/mar avril/avr mai juin juillet/juil août/aou/aoû "
    "septembre/sept/sep "
    "octobre/oct novembre/nov décembre/déc",
    "es": "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago "
    "septiembre/setiembre/sep/sept "
    "octubre/oct noviembre/nov diciembre/dic",
    "he": "ינואר/בינואר/ינו פברואר/בפברואר/פבר מרץ/במרץ אפריל/באפריל/אפר מאי/במאי יוני/ביוני יולי/ביולי "
    "אוגוסט/באוגוסט/אוג ספטמבר/בספטמבר/ספט אוקטובר/באוקטובר/אוק נובמבר/בנובמבר/נוב דצמבר/בדצמבר/דצמ",
    "cs": "leden/ledna/led únor/února/úno březen/března/bře duben/dubna/dub květen/května/kvě červen/června/čvn/čer "
    "červenec/července/čvc srpen/srpna/srp září/zář říjen/října/říj listopad/listopadu/lis prosinec/prosince/pro",
    "sk": "január/januára/jan február/februára/feb marec/marca/mar apríl/apríla/apr máj/mája jún/júna júl/júla "
    "august/augusta/aug september/septembra/sep október/októbra/okt november/novembra/nov december/decembra/dec",
    "ro": "ianuarie/ian februarie/feb martie/mar aprilie/apr mai iunie/iun iulie/iul august/aug septembrie/sept/sep "
    "octombrie/oct noiembrie/noi/nov decembrie/dec",
    "it": "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago "
    "settembre/set/sett "
    "ottobre/ott novembre/nov dicembre/dic",
    "pt": "janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago "
    "setembro/set outubro/out "
    "novembro/nov dezembro/dez",
    "nl": "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep/sept "
    "oktober/okt november/nov december/dec",
    "sv": "januari/jan februari/feb mars/mar april/apr maj juni/jun juli/jul augusti/aug september/sep/sept "
    "oktober/okt november/nov december/dec",
    "da": "januar/jan februar/feb marts/mar april/apr maj juni/jun juli/jul august/aug september/sep/sept "
    "oktober/okt november/nov december/dec",
    "no": "januar/jan februar/feb mars/mar april/apr mai juni/jun juli/jul august/aug september/sep/sept "
    "oktober/okt november/nov desember/des",
    "fi": "tammikuu/tammikuuta/tammi helmikuu/helmikuuta/helmi maaliskuu/maaliskuuta/maalis "
    "huhtikuu/huhtikuuta/huhti "
    "toukokuu/toukokuuta/touko kesäkuu/kesäkuuta/kesä heinäkuu/heinäkuuta/heinä elokuu/elokuuta/elo "
    "syyskuu/syyskuuta/syys "
    "lokakuu/lokakuuta/loka marraskuu/marraskuuta/marras joulukuu/joulukuuta/joulu",
    "hu": "január/jan február/febr/feb március/márc/már április/ápr május/máj június/jún július/júl augusztus/aug "
    "szeptember/szept október/okt november/nov december/dec",
    "tr": "ocak/oca şubat/şub mart/mar nisan/nis mayıs haziran/haz temmuz/tem ağustos/ağu eylül/eyl "
    "ekim/eki kasım/kas "
    "aralık/ara",
    "el": "ιανουάριος/ιανουαρίου/ιαν φεβρουάριος/φεβρουαρίου/φεβ μάρτιος/μαρτίου/μαρ/μάρ απρίλιος/απριλίου/απρ "
    "μάιος/μαΐου/μαΐ/μάι ιούνιος/ιουνίου/ιουν/ιούν ιούλιος/ιουλίου/ιουλ/ιούλ αύγουστος/αυγούστου/αυγ/αύγ "
    "σεπτέμβριος/σεπτεμβρίου/σεπ οκτώβριος/οκτωβρίου/οκτ νοέμβριος/νοεμβρίου/νοε/νοέ δεκέμβριος/δεκεμβρίου/δεκ",
    "bg": "януари/яну февруари/фев март/мар април/апр май юни юли август/авг септември/сеп октомври/окт ноември/ное "
    "декември/дек",
    "et": "jaanuar/jaan veebruar/veebr märts aprill/apr mai juuni juuli august/aug september/sept oktoober/okt "
    "november/nov detsember/dets",
    "lt": "sausio/sausis/saus vasario/vasaris/vas kovo/kovas/kov balandžio/balandis/bal gegužės/gegužė/geg "
    "birželio/birželis/birž liepos/liepa/liep rugpjūčio/rugpjūtis/rugp rugsėjo/rugsėjis/rugs spalio/spalis/spal "
    "lapkričio/lapkritis/lapkr gruodžio/gruodis/gruod",
    "lv": "janvāris/janvārī/janv februāris/februārī/febr marts/martā aprīlis/aprīlī/apr maijs/maijā "
    "jūnijs/jūnijā/jūn "
    "jūlijs/jūlijā/jūl augusts/augustā/aug septembris/septembrī/sept oktobris/oktobrī/okt novembris/novembrī/nov "
    "decembris/decembrī/dec",
    "hr": "siječanj/siječnja/sij veljača/veljače/velj ožujak/ožujka/ožu travanj/travnja svibanj/svibnja/svi "
    "lipanj/lipnja srpanj/srpnja kolovoz/kolovoza/kol rujan/rujna/ruj - studeni/studenoga/studenog/stu "
    "prosinac/prosinca",
    "sl": "januar/januarja februar/februarja marec/marca april/aprila maj/maja junij/junija julij/julija "
    "avgust/avgusta/avg "
    "september/septembra oktober/oktobra november/novembra december/decembra",
    "sr": "januar/januara februar/februara mart/marta april/aprila maj/maja jun/juna jul/jula avgust/avgusta "
    "septembar/septembra oktobar/oktobra novembar/novembra decembar/decembra",
    "ca": "gener/gen febrer/febr març abril/abr maig juny juliol/jul agost/ag setembre/set octubre/oct novembre/nov "
    "desembre/des",
    "ar": "يناير فبراير مارس أبريل/إبريل مايو يونيو/يونيه يوليو/يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "is": "janúar febrúar mars apríl maí júní júlí ágúst/ág september október/okt nóvember/nóv desember/des",
    "mk": "јануари февруари март април мај јуни јули август септември октомври ноември декември",
    "sr-cyrl": "јануар/јануара фебруар/фебруара март/марта април/априла мај/маја јун/јуна јул/јула август/августа "
    "септембар/септембра октобар/октобра новембар/новембра децембар/децембра",
    "be": "студзень/студзеня люты/лютага сакавік/сакавіка красавік/красавіка травень/траўня чэрвень/чэрвеня "
    "ліпень/ліпеня жнівень/жніўня верасень/верасня кастрычнік/кастрычніка лістапад/лістапада снежань/снежня",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "az": "yanvar fevral mart aprel - iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "gl": "xaneiro/xan febreiro/febr marzo abril maio xuño xullo agosto setembro outubro novembro decembro/dec",
    "eu": "urtarrila/urtarrilak otsaila/otsailak martxoa/martxoak apirila/apirilak maiatza/maiatzak ekaina/ekainak "
    "uztaila/uztailak abuztua/abuztuak iraila/irailak urria/urriak azaroa/azaroak abendua/abenduak",
    "sq": "janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor",
}

# Each line: Monday to Sunday.
_WEEKDAYS = {
    "uk": "понеділок/понеділка/пн вівторок/вівторка/вт середа/середу/середи/ср четвер/четверга/чт "
    "пʼятниця/пʼятницю/пʼятниці/пт "
    "субота/суботу/суботи/сб неділя/неділю/неділі/нд",
    "ru": "понедельник/пн вторник/вт среда/среду/ср четверг/чт пятница/пятницу/пт суббота/субботу/сб "
    "воскресенье/вс/воскресение",
    "en": "monday/mon tuesday/tue/tues wednesday/wed thursday/thu/thur/thurs friday/fri saturday/sat sunday/sun",
    "pl": "poniedziałek/pon/pn wtorek/wto/wt środa/środę/śro/śr czwartek/czw/cz piątek/pią/pt sobota/sobotę/sob/so "
    "niedziela/niedzielę/niedz/nie/nd/ndz",
    "de": "montag/mo/mon dienstag/di/die mittwoch/mi/mit donnerstag/do/don freitag/fr/fre "
    "samstag/sonnabend/sa/sam sonntag/so/son",
    "fr": "lundi/lun/lu mardi/mar/ma mercredi/mer/me jeudi/jeu/je vendredi/ven/ve samedi/sam/sa dimanche/dim/di",
    "es": "lunes/lun/lu martes/mar/ma miércoles/mié/mi jueves/jue/ju viernes/vie/vi sábado/sáb/sa domingo/dom/do",
    "he": "שני שלישי רביעי חמישי שישי שבת ראשון",
    "cs": "pondělí/po/pon úterý/út/úte středa/středu/st/stř čtvrtek/čt/čtv pátek/pá/pát "
    "sobota/sobotu/so/sob neděle/neděli/ne/ned",
    "sk": "pondelok/po utorok/ut streda/stredu/st štvrtok/št piatok/pi sobota/sobotu/so nedeľa/nedeľu/ne",
    "ro": "luni/lun/lu marți/mar/ma miercuri/mie/mi joi/jo vineri/vin/vi sâmbătă/sâm/sa duminică/dum/du",
    "it": "lunedì/lun/lu martedì/mar/ma mercoledì/mer/me giovedì/gio/gi venerdì/ven/ve sabato/sab/sa domenica/dom/do",
    "pt": "segunda/seg terça/ter quarta/qua quinta/qui sexta/sex sábado/sáb domingo/dom",
    "nl": "maandag/ma/maa dinsdag/di/din woensdag/wo/woe donderdag/do/don vrijdag/vr/vri zaterdag/za/zat zondag/zo/zon",
    "sv": "måndag/mån/må tisdag/tis/ti onsdag/ons/on torsdag/tors/tor/to fredag/fre/fr lördag/lör/lö söndag/sön/sö",
    "da": "mandag/man/ma tirsdag/tirs/tir/ti onsdag/ons/on torsdag/tors/tor/to fredag/fre/fr lørdag/lør/lø "
    "søndag/søn/sø",
    "fi": "maanantai/maanantaina/ma tiistai/tiistaina/ti keskiviikko/keskiviikkona/ke torstai/torstaina/to "
    "perjantai/perjantaina/pe "
    "lauantai/lauantaina/la sunnuntai/sunnuntaina/su",
    "hu": "hétfő/hét kedd szerda/sze csütörtök/csüt/cs péntek/pén szombat/szo vasárnap/vas",
    "tr": "pazartesi/pzt salı/sal çarşamba/çar perşembe/per cuma/cum cumartesi/cmt pazar/paz",
    "el": "δευτέρα/δευ/δευτ τρίτη/τρί/τρ τετάρτη/τετ/τετάρ πέμπτη/πέμ/πέμπ παρασκευή/παρ/παρασκ σάββατο/σάβ/σάββ "
    "κυριακή/κυρ",
    "bg": "понеделник вторник сряда четвъртък петък събота неделя",
    "et": "esmaspäev teisipäev kolmapäev neljapäev reede laupäev pühapäev",
    "lt": "pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis sekmadienis",
    "lv": "pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena svētdiena",
    "hr": "ponedjeljak/pon utorak/uto srijeda/sri četvrtak/čet petak/pet subota/sub nedjelja/ned",
    "sl": "ponedeljek/pon torek/tor sreda/sre četrtek/čet petek/pet sobota/sob nedelja/ned",
    "sr": "ponedeljak/pon utorak/uto sreda/sre četvrtak/čet petak/pet subota/sub nedelja/ned",
    "ca": "dilluns/dl dimarts/dt dimecres/dc dijous/dj divendres/dv dissabte/ds diumenge/dg",
    "ar": "الاثنين/الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "id": "senin selasa rabu kamis jumat sabtu minggu",
    "is": "mánudagur/mánudag þriðjudagur/þriðjudag miðvikudagur/miðvikudag fimmtudagur/fimmtudag föstudagur/föstudag "
    "laugardagur/laugardag sunnudagur/sunnudag",
    "mk": "понеделник вторник среда четврток петок сабота недела",
    "sr-cyrl": "понедељак уторак среда четвртак петак субота недеља",
    "be": "панядзелак аўторак серада чацвер пятніца субота нядзеля",
    "kk": "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі",
    "gl": "luns martes mércores xoves venres sábado domingo",
    "eu": "astelehena asteartea asteazkena osteguna ostirala larunbata igandea",
    "ja": "月曜日/月曜 火曜日/火曜 水曜日/水曜 木曜日/木曜 金曜日/金曜 土曜日/土曜 日曜日/日曜",
    "zh": "星期一/周一/週一 星期二/周二/週二 星期三/周三/週三 星期四/周四/週四 星期五/周五/週五 星期六/周六/週六 "
    "星期日/星期天/周日/週日",
    "ko": "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
}

# Days from the day of reading.
_RELATIVE = {
    0: "today tonight сьогодні сегодня dziś dzisiaj heute hoy היום dnes azi astăzi oggi stasera "
    "hoje vandaag vanavond idag "
    "tänään bugün σήμερα danas danes днес avui šodien šiandien täna اليوم "
    "aujourd aujourdhui денес данас сёння бүгін gaur hoxe danas 今日 本日 今天 오늘 วันนี้ امروز",
    1: "tomorrow завтра jutro morgen demain mañana מחר zítra zajtra mâine domani amanhã "
    "imorgon imorgen huomenna holnap "
    "yarın αύριο sutra утре demà rīt rytoj غدا сутра заўтра ертең bihar mañá jutri 明日 明天 내일 พรุ่งนี้ فردا besok",
    2: "післязавтра послезавтра pojutrze übermorgen "
    "övermorgon overmorgen pozítří pozajtra holnapután 明後日 后天 後天 모레",
}

# The same in several words.
_RELATIVE_PHRASES = {
    0: "i dag|i aften|i kveld|i kväll|í dag|í kvöld|hôm nay|tối nay|hari ini|ce soir|esta noche|esta noite|"
    "this evening|heute abend|dziś wieczorem|dnes večer|ma este|сьогодні ввечері|сегодня вечером",
    1: "i morgen|i morgon|á morgun|ngày mai",
    2: "i övermorgon|i overmorgen",
}

_APOSTROPHES = str.maketrans("", "", "'’ʼ`´׳״\"")


@cache
def fold(word: str) -> str:
    """``word`` without case, accents and apostrophes, for comparison only."""
    decomposed = unicodedata.normalize("NFKD", word.casefold()).translate(_APOSTROPHES)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _table(rows: dict[str, str], first: int) -> dict[str, tuple[int, ...]]:
    table: dict[str, set[int]] = {}
    for line in rows.values():
        for number, forms in enumerate(line.split(), first):
            for form in forms.split("/"):
                table.setdefault(fold(form), set()).add(number)
    return {word: tuple(sorted(numbers)) for word, numbers in table.items() if word != "-"}


@cache
def month_words() -> dict[str, int]:
    """Folded word → the month (1-12) that it names."""
    return {word: months[0] for word, months in _table(_MONTHS, 1).items()}


@cache
def weekday_words() -> dict[str, tuple[int, ...]]:
    """Folded word → the weekdays (Monday is 0) that it may name in any language."""
    return _table(_WEEKDAYS, 0)


@cache
def weekday_words_of(language: str) -> dict[str, tuple[int, ...]]:
    """Folded word → the weekday (Monday is 0) that it names in one language; empty for a language not known."""
    return _table({language: _WEEKDAYS[language]}, 0) if language in _WEEKDAYS else {}


@cache
def relative_phrases() -> dict[str, int]:
    """Folded phrase of several words → days after the day of reading."""
    return {fold(phrase): days for days, phrases in _RELATIVE_PHRASES.items() for phrase in phrases.split("|")}


@cache
def opening_words() -> frozenset[str]:
    """The folded words with which a date may begin: of months, of weekdays, and those for today and tomorrow."""
    return frozenset({*month_words(), *weekday_words(), *relative_words()})


@cache
def relative_words() -> dict[str, int]:
    """Folded word → days after the day of reading."""
    return {fold(word): days for days, words in _RELATIVE.items() for word in words.split()}
