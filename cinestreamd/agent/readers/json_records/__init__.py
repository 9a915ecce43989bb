"""Read showings out of any JSON that lists dated things and names films."""

from cinestreamd.agent.readers.json_records.reader import read_json_records, records_in

__all__ = ["read_json_records", "records_in"]
