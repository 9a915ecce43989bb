"""Learn where the film's title stands for one cluster of times: in which structure, and on which side."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.agent.readers.film_length import FILM_LENGTH
from cinestreamd.agent.readers.labels import is_label, names_month
from cinestreamd.agent.readers.miner.nearest_texts import Resolution, resolve_nearest
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.title_figures import measure, weigh
from cinestreamd.agent.readers.miner.title_texts import Signature, TitleNode, TitleTexts

_SAMPLE = 40

_REACH_BEFORE, _REACH_AFTER = 60, 12

_LEVELS = 14

_MAX_CANDIDATES = 80


class TitleRule(Struct, frozen=True, eq=False):
    """What was learnt: the structure of title texts, and whether they stand before or after their times."""

    signature: Signature
    nodes: tuple[TitleNode, ...]
    starts: list[int]
    after: bool
    score: float
    coverage: float
    corroborated: float
    linked: float

    def with_clock_titles(self, texts: "TitleTexts", nodes: Sequence[TimeNode]) -> "TitleRule":
        """The same rule with the titles that look like a clock, a day or a month: "23:59 Praha", "2:22", "Август"."""
        own = {run.start for node in nodes if (run := texts.document.run_at(node.hit.start)) is not None}
        more = [
            node
            for node in texts.occupied.get(self.signature, ())
            if node.run.start not in own
            and (names_month(node.text) or not is_label(node.text))
            and FILM_LENGTH.search(node.text) is None
        ]
        more += [node for node in texts.by_signature.get(self.signature, ()) if names_month(node.text)]
        if not more or len(more) > len(self.nodes):
            return self
        joined = tuple(sorted((*self.nodes, *more), key=lambda node: node.run.start))
        return replace(self, nodes=joined, starts=[node.run.start for node in joined])

    def resolve(self, time: TimeNode) -> Resolution | None:
        """The title of one time: alone in the smallest common block, else the nearest on the learnt side."""
        return resolve_nearest(self.starts, self.nodes, time, after=self.after)


def learn_title_rules(nodes: Sequence[TimeNode], texts: TitleTexts, *, most: int = 1) -> list[TitleRule]:
    """The rules that give at least half of the times a title, best first.

    ``most`` is how many different titles another way of reading found: variety is measured against the best.
    """
    sample = tuple(nodes[:: max(1, len(nodes) // _SAMPLE)])
    seen: Counter[Signature] = Counter()
    for time in sample:
        seen.update(_nearby(time, texts))
    rules = []
    wanted = max(1, len(sample) * 0.3)
    candidates = [signature for signature, count in seen.most_common(_MAX_CANDIDATES) if count >= wanted]
    measured = []
    for signature in candidates:
        figures = measure(signature, sample, texts)
        if figures is not None:
            measured.append(figures)
            most = max(most, figures.distinct)
    for figures in measured:
        score = weigh(figures, most)
        rules.append(
            TitleRule(
                signature=figures.signature,
                nodes=figures.nodes,
                starts=[node.run.start for node in figures.nodes],
                after=figures.after,
                score=score,
                coverage=figures.coverage,
                corroborated=figures.corroborated,
                linked=figures.link,
            )
        )
    return sorted(rules, key=lambda rule: -rule.score)


def _nearby(time: TimeNode, texts: TitleTexts) -> tuple[Signature, ...]:
    """The structures of the texts around a time, in order: nearest ones before it, a few after."""
    document = texts.document
    root = time.chain[min(_LEVELS, len(time.chain) - 1)]
    before = document.runs_between(root.start, time.hit.start)[-_REACH_BEFORE:]
    after = document.runs_between(time.hit.end, root.end)[:_REACH_AFTER]
    found = (signature for run in (*before, *after) for signature in texts.of_run.get(run.start, ()))
    # Each once and in the page's order: a page is read the same way in every process.
    return tuple(dict.fromkeys(found))
