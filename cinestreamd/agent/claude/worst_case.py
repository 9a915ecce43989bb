"""The most that a call of Claude can cost: what is reserved for it, so that no reply exceeds a cap.

No tokenizer makes more tokens than there are bytes, so a request is bounded by its length. A search is not: how long
its results are is the server's matter. But after each search the model reads all that there is so far once more, and
no reading is longer than the longest prompt that the model takes, which the API itself tells.
"""

from datetime import date
from typing import Final

import msgspec

from cinestreamd.agent.claude.client import Request
from cinestreamd.agent.claude.means import Purpose
from cinestreamd.agent.claude.prices import BATCH, Usage, counted_cost

# Beyond its own text a request costs what the server adds to it: the schema's grammar, tools, framing.
OVERHEAD_TOKENS: Final = 4_000
LONGEST_PROMPT: Final = 1_000_000
"""What a model is taken to read at most, in tokens, where the API does not say: more than any of the table does."""


def worst_case(
    model: str, request: Request, purpose: Purpose, *, on: date, longest_prompt: int = LONGEST_PROMPT
) -> int:
    """The most that a request can cost on a day, in millionths of a US dollar."""
    prompt = min(len(msgspec.json.encode(request)) + OVERHEAD_TOKENS, longest_prompt)
    usage = Usage(
        tokens_in=prompt + purpose.searches * longest_prompt,
        tokens_out=int(request["max_tokens"]) * (purpose.searches + 1),
        searches=purpose.searches,
    )
    return counted_cost(model, usage, on=on)


def halved(whole: int) -> int:
    """The most that it can cost in a batch."""
    return int(whole * BATCH) + 1
