"""What is kept of a record, alike in every store: moments to the millisecond, the record as JSON."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from cinestreamd.store.corrections import CinemaCorrection
from cinestreamd.store.guide import Cinema, Film, ShowingDay, Showtime
from cinestreamd.store.posters import FilmPoster
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.runs import Run

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_encoder: Final = msgspec.json.Encoder()

decode_cinema: Final = msgspec.json.Decoder(Cinema).decode
decode_film: Final = msgspec.json.Decoder(Film).decode
decode_poster: Final = msgspec.json.Decoder(FilmPoster).decode
decode_run: Final = msgspec.json.Decoder(Run).decode
decode_showing_day: Final = msgspec.json.Decoder(ShowingDay).decode
decode_showtime: Final = msgspec.json.Decoder(Showtime).decode


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC of an aware datetime (a naive one is a TypeError)."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(value: int) -> datetime:
    """The UTC datetime of whole milliseconds since 1970."""
    return _EPOCH + value * _MILLISECOND


def optional_milliseconds(value: datetime | None) -> int | None:
    """``milliseconds``, None for None."""
    return None if value is None else milliseconds(value)


def optional_moment(value: int | None) -> datetime | None:
    """``moment``, None for None."""
    return None if value is None else moment(value)


def kept(value: datetime) -> datetime:
    """A moment as the store keeps it: in UTC, finer parts than the millisecond cut off."""
    return moment(milliseconds(value))


def encode_cinema(cinema: Cinema) -> str:
    """The JSON that is kept of a cinema."""
    if cinema.last_read is not None:
        cinema = replace(cinema, last_read=kept(cinema.last_read))
    return _encoder.encode(cinema).decode()


def encode_correction(correction: CinemaCorrection) -> str:
    """The JSON that is kept of an operator's correction."""
    if correction.believed_until is not None:
        correction = replace(correction, believed_until=kept(correction.believed_until))
    return _encoder.encode(correction).decode()


def encode_row_correction(correction: RowCorrection) -> str:
    """The JSON that is kept of an operator's word on a showing."""
    change = correction.change
    if change is not None and change.start_time is not None:
        change = replace(change, start_time=kept(change.start_time))
    whole = replace(correction, at=kept(correction.at), start_time=kept(correction.start_time), change=change)
    return _encoder.encode(whole).decode()


def encode_film(film: Film) -> str:
    """The JSON that is kept of a film."""
    return _encoder.encode(film).decode()


def encode_poster(poster: FilmPoster) -> str:
    """The JSON that is kept of a poster; its pictures are base64 in it."""
    return _encoder.encode(replace(poster, tried_at=kept(poster.tried_at))).decode()


def encode_run(run: Run) -> str:
    """The JSON that is kept of a run."""
    finished_at = None if run.finished_at is None else kept(run.finished_at)
    return _encoder.encode(replace(run, started_at=kept(run.started_at), finished_at=finished_at)).decode()


def encode_showtime(showtime: Showtime, *, created_at: datetime) -> str:
    """The JSON that is kept of a showtime that first appeared at ``created_at``."""
    evidence = replace(showtime.evidence, fetched_at=kept(showtime.evidence.fetched_at))
    whole = replace(showtime, start_time=kept(showtime.start_time), evidence=evidence, created_at=created_at)
    return _encoder.encode(whole).decode()
