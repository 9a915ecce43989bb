"""The alert rules for Prometheus, held to its own checker: valid, and firing when they should, and only then."""

from pathlib import Path

import yaml
from promtool import promtool

RULES = Path(__file__).parents[2] / "packaging" / "prometheus"


def test_rules_are_valid() -> None:
    checked = promtool("check", "rules", "cinestreamd.rules.yml", folder=RULES)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_rule_fires_when_it_should_and_only_then() -> None:
    tested = promtool("test", "rules", "cinestreamd.rules.test.yml", folder=RULES)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_of_each_rule_it_is_tested_that_it_fires_and_that_it_does_not() -> None:
    rules = yaml.safe_load((RULES / "cinestreamd.rules.yml").read_text())
    named = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    tests = yaml.safe_load((RULES / "cinestreamd.rules.test.yml").read_text())["tests"]
    looks = [look for test in tests for look in test["alert_rule_test"]]
    assert {look["alertname"] for look in looks if look.get("exp_alerts")} == named
    assert {look["alertname"] for look in looks if not look.get("exp_alerts")} == named
