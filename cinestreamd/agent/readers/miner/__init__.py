"""The structure miner: clock times in repeated structure, their film, their day, and what the row says besides."""

from cinestreamd.agent.readers.miner.reader import mine, read_structure

__all__ = ["mine", "read_structure"]
