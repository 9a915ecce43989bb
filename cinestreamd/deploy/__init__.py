"""What stands around the daemon on a host: the web server in front of it and the service manager that starts it."""
