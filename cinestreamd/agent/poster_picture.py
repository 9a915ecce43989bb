"""A poster made of whatever picture a cinema's page names: decoded, cut to two thirds, and written anew in two sizes.

Nothing of the fetched file is kept, so that what visitors get was written here: no other format, no metadata, nothing
behind the picture's end.
"""

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("JPEG", "PNG", "WEBP")
SMALL: Final = (128, 192)
LARGE: Final = (352, 528)
"""Width and height in pixels: beside a listing, and on the film's own page, for screens of two pixels a point."""

MOST_PIXELS: Final = 20_000_000
"""More than any poster on the web has; decoded they take 60 MB, which an agent has room for."""

LEAST_WIDTH: Final = 100
NARROWEST: Final = 0.5
WIDEST: Final = 0.9
"""Width by height of what is taken for a poster: two thirds are usual, and stills from films are wider than high."""

_QUALITY: Final = {SMALL: 60, LARGE: 68}


class NoPosterError(Exception):
    """The bytes are no picture that could be a poster."""


def make_poster(data: bytes) -> tuple[bytes, bytes]:
    """The poster in ``data`` as WebP, small and large.

    Raises:
        NoPosterError: another format, damaged, too large, too small, or of another shape than posters have.
    """
    from PIL import Image  # noqa: PLC0415 - few runs meet a picture that they do not have yet

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                _check_shape(*picture.size)
                picture.draft("RGB", LARGE)  # of a JPEG no more is decoded than is wanted
                picture.load()
                plain = _on_white(picture)
        except (
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            raise NoPosterError(str(error)) from error
    return _written(plain, SMALL), _written(plain, LARGE)


def _check_shape(width: int, height: int) -> None:
    """Before anything is decoded."""
    if width * height > MOST_PIXELS:
        raise NoPosterError("too many pixels")
    if width < LEAST_WIDTH or not NARROWEST <= width / height <= WIDEST:
        raise NoPosterError("not of a poster's shape")


def _on_white(picture: "Image.Image") -> "Image.Image":
    """Without transparency, a palette or other depths of colour."""
    from PIL import Image  # noqa: PLC0415 - as above

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _written(picture: "Image.Image", size: tuple[int, int]) -> bytes:
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    written = BytesIO()
    fitted = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    fitted.save(written, "WEBP", quality=_QUALITY[size], method=6, exif=b"", icc_profile=b"")
    return written.getvalue()
