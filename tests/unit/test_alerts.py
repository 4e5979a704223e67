"""The rules for Prometheus: their own tests pass, and every metric they ask for is one that a service has."""

import re
import shutil
import subprocess

import prometheus_client
import pytest
import yaml

import services.classify.handlers
import services.ingest.api
import services.notify.handlers
import services.notify.live
import services.notify.mailbox
import services.respond.handlers  # noqa: F401  # importing them registers their metrics
from tests.servers import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))
EVERY_RULE = [rule for group in RULES["groups"] for rule in group["rules"]]
OF_HISTOGRAMS_AND_COUNTERS = re.compile(r"_(bucket|count|sum|total|created)$")
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")


def known() -> set[str]:
    collectors = prometheus_client.REGISTRY.collect()
    return {OF_HISTOGRAMS_AND_COUNTERS.sub("", metric.name) for metric in collectors}


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_only_for_metrics_there_are(rule: dict[str, str]) -> None:
    asked = re.findall(r"\bamends_\w+", rule["expr"])
    assert asked or "up{" in rule["expr"]
    assert {OF_HISTOGRAMS_AND_COUNTERS.sub("", name) for name in asked} <= known()


def test_every_alert_says_what_it_means_and_what_to_do_and_is_tested() -> None:
    tested = (FOLDER / "rules_test.yml").read_text("utf-8")
    for rule in EVERY_RULE:
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert {"summary", "action"} <= set(rule["annotations"])
            assert f"alertname: {rule['alert']}" in tested


@promtool
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "--syntax-only", "prometheus.yml"],
        ["check", "rules", "rules.yml"],
        ["test", "rules", "rules_test.yml"],
    ],
    ids=["configuration", "rules", "firing and not firing"],
)
def test_promtool_accepts_them(arguments: list[str]) -> None:
    answer = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
