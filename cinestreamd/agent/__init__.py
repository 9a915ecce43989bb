"""One scrape: discover, fetch, read, verify, publish."""
