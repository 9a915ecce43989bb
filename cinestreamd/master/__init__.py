"""The master: it forks, watches and stops the children, and schedules their work. It parses no fetched content."""
