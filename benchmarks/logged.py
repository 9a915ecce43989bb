"""Part (g): what the log of requests costs one worker, over the cheapest answers, where it would be felt most."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from results import Part, Plan
from servers import Daemon, fetch
from serving import Contender, city_path, hold_against, take_turns
from wrk import Asked

SHARES: Final = (("no request logged", 0.0), ("every hundredth logged", 0.01), ("every request logged", 1.0))


def measure_logging(folder: Path, plan: Plan) -> Part:
    """Three daemons of one worker, alike but for the share of requests that they log, take turns."""
    part = Part("The log of requests (g)")
    with ExitStack() as stack:
        contenders = {}
        for number, (name, share) in enumerate(SHARES):
            daemon = stack.enter_context(Daemon(folder / str(number), log_requests=share).running())
            port = daemon.ports[0]
            asset = re.findall(r"/static/site\.\w+\.css", fetch(port, "/uk/")[1].decode())[0]
            contenders[f"style sheet, {name}"] = Contender(port, [Asked(asset)], daemon.pids)
            packed = Asked(city_path(), {"Accept-Encoding": "gzip"})
            contenders[f"city page, compressed, {name}"] = Contender(port, [packed], daemon.pids)
        loads = take_turns(part, contenders, plan)
    for what in ("style sheet", "city page, compressed"):
        hold_against(part, loads, f"{what}, {SHARES[1][0]}", f"{what}, {SHARES[0][0]}", 0.95)
    return part
