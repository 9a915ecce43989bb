"""What the ``offers`` of an event say: price, booking link, whether there are tickets left."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from cinestreamd.agent.schema_org.graph import as_list
from cinestreamd.store.base import Availability

MOST_OFFERS: Final = 50
_NUMBER: Final = re.compile(r"\d{1,9}(?:[.,]\d{1,2}(?!\d))?")
_GONE: Final = ("soldout", "outofstock", "discontinued")
_CANCELLED: Final = ("cancelled", "canceled", "postponed")


class Offers(Struct, frozen=True, kw_only=True):
    """Figures as printed; ``currency`` as the page codes it; ``url`` as written."""

    price_text: str | None = None
    currency: str | None = None
    url: str | None = None
    sold_out: bool = False


def read_offers(event: dict[str, Any], resolve: Callable[[Any], Any]) -> Offers:
    """The offers of an event: one, a list, an AggregateOffer, or offers within offers."""
    offers = _flatten(event.get("offers"), resolve)
    figures = [figure for offer in offers for figure in _figures(offer)]
    currencies = [text for offer in offers if (text := _currency(offer))]
    urls = [offer["url"] for offer in offers if isinstance(offer.get("url"), str) and offer["url"].strip()]
    states = [_last(offer.get("availability")) for offer in offers if offer.get("availability")]
    return Offers(
        price_text=_price_text(figures, free=event.get("isAccessibleForFree") in {True, "true", "True"}),
        currency=currencies[0] if currencies else None,
        url=urls[0] if urls else None,
        sold_out=bool(states) and all(state in _GONE for state in states),
    )


def availability_of(event: dict[str, Any], *, sold_out: bool) -> Availability:
    """Whether the showing takes place and can be booked; a postponed one does not take place at its time."""
    if any(_last(status).removeprefix("event") in _CANCELLED for status in as_list(event.get("eventStatus"))):
        return "cancelled"
    return "sold_out" if sold_out else "available"


def _flatten(value: Any, resolve: Callable[[Any], Any]) -> list[dict[str, Any]]:
    queue = as_list(value)[:MOST_OFFERS]
    found: list[dict[str, Any]] = []
    while queue and len(found) < MOST_OFFERS:
        offer = resolve(queue.pop(0))
        if isinstance(offer, dict):
            found.append(offer)
            queue += as_list(offer.get("offers"))[:MOST_OFFERS]
    return found


def _figures(offer: dict[str, Any]) -> list[str]:
    specified = [item for item in as_list(offer.get("priceSpecification")) if isinstance(item, dict)]
    values = [
        source.get(key)
        for source in (offer, *specified)
        for key in ("price", "lowPrice", "highPrice", "minPrice", "maxPrice")
    ]
    return [str(value).strip() for value in values if isinstance(value, str | int | float) and str(value).strip()]


def _currency(offer: dict[str, Any]) -> str | None:
    specified = [item for item in as_list(offer.get("priceSpecification")) if isinstance(item, dict)]
    found = (source.get("priceCurrency") for source in (offer, *specified))
    return next((text.strip() for text in found if isinstance(text, str) and text.strip()), None)


def _price_text(figures: list[str], *, free: bool) -> str | None:
    """The lowest and the highest figure as printed. A bare 0 is free entry only where the event says so."""
    amounts = {figure: amount for figure in figures if (amount := _amount(figure)) != 0 or free}
    numbers = sorted((figure for figure in amounts if amounts[figure] is not None), key=lambda text: amounts[text] or 0)
    if not numbers:
        return next(iter(amounts), None)
    return numbers[0] if amounts[numbers[0]] == amounts[numbers[-1]] else f"{numbers[0]}–{numbers[-1]}"


def _amount(figure: str) -> Decimal | None:
    """The one number that a price property holds ("12.50", "£8.00"); None for words or several numbers."""
    numbers = _NUMBER.findall(figure.replace(" ", ""))
    return Decimal(numbers[0].replace(",", ".")) if len(numbers) == 1 else None


def _last(value: Any) -> str:
    """The last part of a schema.org address in lower case: ``https://schema.org/SoldOut`` → ``soldout``."""
    return value.strip().rstrip("/").rpartition("/")[2].lower() if isinstance(value, str) else ""
