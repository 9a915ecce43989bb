"""``cinestreamd scrape`` whose agent tries every file that its site's ``wanted`` names, before it does its work."""

from pathlib import Path

from children import attempt_to_open

from cinestreamd import agent_process
from cinestreamd.agent.claude.access import Access
from cinestreamd.cli import main
from cinestreamd.errors import ConfigurationError
from cinestreamd.metering import Meter
from cinestreamd.specs import AgentSpec

scrape_within = agent_process.scrape_within


async def look_around(spec: AgentSpec, access: Access | ConfigurationError, meter: Meter | None = None) -> None:
    """Look, then scrape."""
    write_down(Path(spec.site.directory) / "data")
    await scrape_within(spec, access, meter)


def write_down(data: Path) -> None:
    """What can be opened, by whom and within what bounds."""
    wanted = (data / "wanted").read_text().splitlines()
    status = Path("/proc/self/status").read_text()
    limits = Path("/proc/self/limits").read_text()
    seen = [f"{path} {attempt_to_open(path)}" for path in wanted]
    seen += [line for line in (*status.splitlines(), *limits.splitlines()) if line.startswith(("Uid", "Max address"))]
    (data / "seen").write_text("\n".join(seen))


agent_process.scrape_within = look_around
main()
