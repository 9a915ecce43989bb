"""Reports of runs, which go with their runs."""

from typing import Final

import msgspec

from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.records import kept
from cinestreamd.store.reports import PackedReport, ReportStore, RunReport, pack_report, unpack_report

_encoder: Final = msgspec.json.Encoder()
_decode: Final = msgspec.json.Decoder(PackedReport).decode


async def put_report(access: Access, report: RunReport) -> None:
    """Keep a report, in place of a former one of its run."""
    packed = pack_report(msgspec.structs.replace(report, started_at=kept(report.started_at)))
    fields = {"started_at": kept(report.started_at), "record": _encoder.encode(packed).decode()}
    await access["run_reports"].update_one({"_id": report.run_id}, {"$set": fields}, upsert=True)


async def find_report(access: Access, run_id: str) -> RunReport | None:
    """The report of a run."""
    document = await access["run_reports"].find_one({"_id": run_id})
    return None if document is None else unpack_report(_decode(document["record"]))


class MongoReportStore(Connected, ReportStore):
    """Reports, in a database of MongoDB."""

    async def put_report(self, report: RunReport) -> None:
        """One document."""
        await self._write(lambda access: put_report(access, report))

    async def report(self, run_id: str) -> RunReport | None:
        """By primary key."""
        return await self._read(lambda access: find_report(access, run_id), None)
