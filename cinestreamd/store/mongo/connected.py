"""The database that a process is connected to: what the operations of every noun read and write."""

from cinestreamd.store.mongo.engine import Engine


class Connected:
    """A database that ``prepare`` has made ready, connected at first use.

    ``write_timeout`` (seconds) is how long the server may be looked for, and how long a transaction that meets others
    is tried again. ``transactions``: whether to use them; None asks the server.
    """

    def __init__(self, uri: str, *, write_timeout: float = 2.0, transactions: bool | None = None) -> None:
        self._engine = Engine(uri, timeout=write_timeout, transactions=transactions)
        self._read = self._engine.read
        self._write = self._engine.write

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.close()
