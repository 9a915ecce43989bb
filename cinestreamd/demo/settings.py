"""The settings of the site that shows the demo town."""

from cinestreamd.demo.claude import ACCESS_KEY
from cinestreamd.demo.sites import WEBSITES
from cinestreamd.sites.model import CinemaEntry, DonationMethod, SiteSettings

DONATIONS = (
    DonationMethod(label="Приклад: банка / example jar", url="https://example.org/donate"),
    DonationMethod(label="Example: buy us a ticket", url="https://example.org/ticket"),
)


def demo_access(base_url: str) -> dict[str, str]:
    """The demo's ``agent.env``: its agents ask the stand-in at ``base_url``, and say that it is simulated."""
    return {
        "ANTHROPIC_API_KEY": ACCESS_KEY,
        "ANTHROPIC_BASE_URL": base_url.rstrip("/"),
        "CLAUDE_MODEL": "haiku",
        "CLAUDE_SIMULATED": "yes",
    }


def demo_settings(base_url: str, *, start_port: int, processes: int) -> SiteSettings:
    """Settings of a site with the seven cinemas whose websites are served at ``base_url`` (scheme, host and port)."""
    return SiteSettings(
        start_port=start_port,
        processes=processes,
        language="uk",
        cities=tuple(dict.fromkeys(website.city for website in WEBSITES)),
        cinemas=tuple(
            CinemaEntry(
                city=website.city,
                name=website.name,
                url=base_url.rstrip("/") + website.schedule_path,
                address=website.address,
                lat=website.lat,
                lon=website.lon,
            )
            for website in WEBSITES
        ),
        donations=DONATIONS,
    )
