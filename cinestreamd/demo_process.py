"""The demo town's web server as a child of the master."""

from datetime import UTC, datetime
from pathlib import Path

from cinestreamd.channel import Drain, Heartbeat
from cinestreamd.child_process import Inheritance, MasterLink, run_child
from cinestreamd.confinement import confine, demo_files
from cinestreamd.serving import HttpServer, limits_of
from cinestreamd.specs import DemoSpec


def run(inheritance: Inheritance) -> int:
    """Live the demo server's life; returns its exit code."""
    spec = inheritance.spec(DemoSpec)
    inheritance.configure_log(spec.settings.daemon, role="demo")
    Path(spec.access_log).touch(mode=0o600)
    confine(demo_files(spec.access_log), spec.settings.daemon)
    return run_child(_serve(spec, inheritance))


async def _serve(spec: DemoSpec, inheritance: Inheritance) -> None:
    from cinestreamd.demo.server import create_demo_app  # noqa: PLC0415 - only this child of a demo needs it

    supervisor = spec.settings.supervisor
    link = MasterLink(inheritance.socket("channel"), orders=Drain(deadline=supervisor.stop_timeout))
    app = create_demo_app(base_url=spec.base_url, clock=lambda: datetime.now(UTC), access_log=Path(spec.access_log))
    server = HttpServer(app, limits_of(supervisor))
    await server.start(inheritance.socket("listener"))

    def counters() -> Heartbeat:
        return Heartbeat(requests=server.requests, connections=len(server.connections))

    await link.serve(server, interval=supervisor.heartbeat_interval, counters=counters)
