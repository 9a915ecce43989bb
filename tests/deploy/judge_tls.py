"""Prints as JSON what sslyze has against a server by Mozilla's intermediate profile.

``judge_tls.py NAME ADDRESS PORT``. Findings about the certificate are left out: a
self-signed one is served here.
"""

import json
import sys

from sslyze import Scanner, ServerNetworkLocation, ServerScanRequest
from sslyze.mozilla_tls_profile.tls_config_checker import (
    MozillaTlsConfiguration,
    ServerNotCompliantWithTlsConfiguration,
    TlsConfigurationEnum,
    check_server_against_tls_configuration,
)

name, address, port = sys.argv[1:]
scanner = Scanner()
location = ServerNetworkLocation(name, int(port), ip_address=address)
scanner.queue_scans([ServerScanRequest(server_location=location)])
[result] = scanner.get_results()
issues: dict[str, str] = {}
try:
    check_server_against_tls_configuration(
        server_scan_result=result,
        tls_config_to_check_against=MozillaTlsConfiguration.get(TlsConfigurationEnum.MOZILLA_INTERMEDIATE),
    )
except ServerNotCompliantWithTlsConfiguration as error:
    issues = {field: text for field, text in error.issues.items() if "certificate" not in field}
print(json.dumps({"status": result.scan_status.value, "issues": issues}))  # noqa: T201 - what it is for
