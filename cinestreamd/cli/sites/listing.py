"""``cinestreamd sites list|show``."""

import click

from cinestreamd.cli.failures import failures_of
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.sites.change import as_json, plain, show_site
from cinestreamd.cli.table import print_table
from cinestreamd.master.failing_sites import Failure
from cinestreamd.sites.model import Site
from cinestreamd.sites.pauses import Pauses
from cinestreamd.sites.standstill import standing_still
from cinestreamd.sites.survey import survey


@click.command("list")
@as_json
@with_place
def list_sites(place: Place, *, json_wanted: bool) -> None:
    """List all sites, and what is wrong with those that cannot be served."""
    registry = place.registry()
    found, stopped = survey(registry), Pauses(place.state_dir).names() | standing_still(place.state_dir)
    failing = failures_of(place, found)
    if json_wanted:
        told = {name: {"problem": failure.problem} for name, failure in failing.items()}
        rows = [{**plain(site), "stopped": site.name in stopped, **told.get(site.name, {})} for site in found.sites]
        rows += [{"name": name, "directory": str(registry.directory(name)), **told[name]} for name in found.unusable]
        print_json(sorted(rows, key=lambda row: row["name"]))
        return
    if not found.sites and not failing:
        click.echo(f"No sites in {registry.folder}; make one with: cinestreamd sites add NAME")
        return
    lines = [(site.name, *_cells(site, is_stopped=site.name in stopped)) for site in found.sites]
    lines = [(*cells[:3], "failed", cells[4]) if _is_off(failing.get(cells[0])) else cells for cells in lines]
    lines += [(name, "", "", "failed", "") for name in found.unusable]
    print_table(("site", "address", "ports", "state", "cities"), sorted(lines))
    for name, failure in sorted(failing.items()):
        click.echo(f"Site {failure.told(name)}\n→ {failure.remedy(name)}")


def _is_off(failure: Failure | None) -> bool:
    return failure is not None and not failure.is_served


def _cells(site: Site, *, is_stopped: bool) -> tuple[str, str, str, str]:
    """What the list says of a site besides its name."""
    ports = site.settings.ports
    state = "disabled" if not site.settings.enabled else "stopped" if is_stopped else "enabled"
    return site.base_url, f"{ports.start}-{ports.stop - 1}", state, ", ".join(site.settings.cities)


@click.command()
@click.argument("name")
@as_json
@with_place
def show(place: Place, name: str, *, json_wanted: bool) -> None:
    """Show a site's settings, defaults included. Secrets are never shown."""
    show_site(place.registry().load(name), json_wanted=json_wanted)
