"""How long a film lasts, as pages print it."""

import re
from typing import Final

# "118 min", "1h 58", "2h 22m", "151'", "147分", "2時27分".
FILM_LENGTH: Final = re.compile(
    r"(?<![\d.,:])(?:\d{2,3}\s?(?:min|mins|minut\w*|minutes?|мин\w*|хв\w*|perc|dk|phút|分鐘|分钟|分(?!の)|분)(?![^\W\d_])|"
    r"[1-4]\s?(?:h|hr|hrs|ч|год|ó|godz)\.?\s?[0-5]?\d(?:\s?(?:m|min|mn|мин|хв))?(?![\d\w])|[1-4]時間?\d{1,2}分|\d{2,3}\s?['′’](?!\w))",
    re.IGNORECASE,
)
