"""Reading schema.org data (JSON-LD and microdata) as sites really write it: found, repaired, joined, made showings."""
