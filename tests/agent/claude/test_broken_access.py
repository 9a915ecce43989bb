"""An ``agent.env`` that cannot be used costs a city Claude, not its reading."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from product_store import address_for, new_store

from cinestreamd.agent_process import access_of, scrape_within
from cinestreamd.child_process import Inheritance
from cinestreamd.config import DiscoverySettings, Settings
from cinestreamd.sites.env import hold
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.specs import AgentSpec, encode_spec


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        ("ANTHROPIC_API_KEY\n", 0o600, "is not KEY=VALUE"),
        ("ANTHROPIC_API_KEY=sk-secret\n", 0o644, "is open to other users"),
        ("ANTHROPIC_API_KEY=sk-secret\nANTHROPIC_BASE_URL=http://elsewhere.example\n", 0o600, "must be https"),
    ],
)
async def test_the_run_is_recorded_and_the_state_says_why(tmp_path: Path, text: str, mode: int, problem: str) -> None:
    site = Site(name="one", settings=SiteSettings(), directory=str(tmp_path))
    store = new_store(Path(site.database))
    path = tmp_path / "agent.env"
    path.write_text(text)
    path.chmod(mode)
    spec = AgentSpec(
        settings=Settings(discovery=DiscoverySettings(overpass_endpoints=())),
        site=site,
        city_id="kyiv",
        owner="test",
        run_id="run-1",
        trigger="operator",
        cinemas=(),
        mongo_uri=address_for(Path(site.database)),
    )
    await scrape_within(spec, access_of(spec, Inheritance(encode_spec(spec), {}, held=hold(path))))
    run, state, location = await store.run("run-1"), await store.claude_state(), await store.location("kyiv")
    await store.close()
    assert run is not None
    assert run.outcome == "empty"
    assert location is not None
    assert location.lease is None
    assert state is not None
    assert (state.has_key, problem in state.problem, "sk-secret" in state.problem) == (False, True, False)
    assert state.checked_at <= datetime.now(UTC)
