"""Metrics for Prometheus, and what the documents say of them."""

import http.client
import json
import re
import unittest

from roster_process import ROOT, ProgramTest

LINE = re.compile(r'^([a-z_]+)((?:\{.*\})?) (\S+)$', re.MULTILINE)


def families_of(text):
    """The names of the metrics, from the text format."""
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def documented():
    page = (ROOT / "docs" / "METRICS.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}


def used_in(text):
    names = re.findall(r"\b((?:roster|process)_[a-z_]+)\b", text)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


class Metrics(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("admin@admin.com", "correct horse", "--role", "admin")
        self.server = self.serve("--metrics", "127.0.0.1:0")
        self.server.wait_for_log("metrics at http://")
        self.metrics_port = int(re.search(r"metrics at http://\S+:(\d+)/", self.server.log())[1])

    def ask(self, method, target, body=None, port=None, headers=()):
        connection = http.client.HTTPConnection(
            "127.0.0.1", port or self.server.http_port, timeout=60
        )
        self.addCleanup(connection.close)
        text = None if body is None else json.dumps(body)
        connection.request(
            method, target, text, {"Content-Type": "application/json"} | dict(headers)
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def log_in(self, password):
        return self.ask("POST", "/v1/sessions", {"login": "admin@admin.com", "password": password})

    def values(self):
        status, text = self.ask("GET", "/metrics", port=self.metrics_port)
        self.assertEqual(status, 200)
        return {match[1] + match[2]: float(match[3]) for match in LINE.finditer(text)}

    def test_are_those_of_the_document(self):
        status, text = self.ask("GET", "/metrics", port=self.metrics_port)
        self.assertEqual(status, 200)
        absent = {
            "roster_certificate_end_timestamp_seconds", "roster_last_backup_timestamp_seconds",
        }  # fmt: skip
        self.assertEqual(families_of(text), documented() - absent)

    def test_examples_use_those_that_there_are(self):
        for example in ("prometheus-alerts.yml", "grafana-dashboard.json"):
            used = used_in((ROOT / "examples" / example).read_text())
            self.assertTrue(used)
            self.assertLessEqual(used, documented(), example)

    def test_requests_count_by_route_method_and_code(self):
        for _ in range(3):
            self.ask("GET", "/v1/users/1")
        self.ask("GET", "/v1/users/2?x=y")
        self.ask("GET", "/nowhere/secret")
        self.ask("DELETE", "/v1/status")
        values = self.values()
        route = 'roster_http_requests_total{route="/v1/users/{id}",method="GET",code="401"}'
        self.assertEqual(values[route], 4)
        nowhere = 'roster_http_requests_total{route="none",method="GET",code="404"}'
        self.assertEqual(values[nowhere], 1)
        known = 'roster_http_request_duration_seconds_bucket{route="/v1/users/{id}",le="+Inf"}'
        self.assertEqual(values[known], 4)
        seconds = 'roster_http_request_duration_seconds_sum{route="/v1/users/{id}"}'
        self.assertLess(values[seconds], 60)
        self.assertFalse([name for name in values if "secret" in name or "x=y" in name])

    def test_log_ins_count_by_outcome(self):
        self.assertEqual(self.log_in("correct horse")[0], 201)
        self.assertEqual(self.log_in("wrong horse")[0], 401)
        values = self.values()
        for outcome in ("ok", "invalid_credentials"):
            event = f'roster_account_events_total{{action="log_in",outcome="{outcome}"}}'
            self.assertEqual(values[event], 1)
        self.assertEqual(values["roster_users"], 1)
        self.assertEqual(values["roster_sessions"], 1)
        self.assertGreaterEqual(values["roster_password_hashes_total"], 2)
        self.assertEqual(values["roster_store_writable"], 1)

    def test_commits_count_by_kind(self):
        before = self.values()
        self.assertEqual(self.log_in("correct horse")[0], 201)
        user = {"email": "u@u.com", "password": "correct horse"}
        self.assertEqual(self.ask("POST", "/v1/users", user)[0], 201)
        values = self.values()
        for name in ("writes", "duration_seconds"):
            for kind in ("users", "sessions"):
                count = f'roster_store_commit_{name}_count{{kind="{kind}"}}'
                self.assertGreater(values[count], before[count])
        total = 'roster_store_commit_writes_sum{kind="users"}'
        self.assertEqual(values[total] - before[total], 1)
        self.assertGreater(values["roster_store_snapshot_timestamp_seconds"], 1.6e9)
        self.assertEqual(values["roster_password_hashes_waiting"], 0)
        self.assertEqual(values["roster_audit_events_lost_total"], 0)

    def test_whom_the_rate_limiter_delays(self):
        while self.log_in("wrong horse")[0] != 429:
            pass
        self.assertGreaterEqual(self.values()["roster_rate_limiter_delayed"], 1)

    def test_authorize_counts_by_proxy_and_result(self):
        original = {"X-Original-URL": "https://app.test/", "X-Original-Method": "GET"}
        self.assertEqual(self.ask("GET", "/v1/authorize/nginx", headers=original)[0], 401)
        self.assertEqual(self.ask("GET", "/v1/authorize")[0], 400)
        self.ask("GET", "/v1/authorize/envoy/x")
        values = self.values()
        nginx = 'roster_http_requests_total{route="/v1/authorize/nginx",method="GET",code="401"}'
        self.assertEqual(values[nginx], 1)
        fault = 'roster_http_requests_total{route="/v1/authorize",method="GET",code="400"}'
        self.assertEqual(values[fault], 1)
        self.assertTrue([name for name in values if '"/v1/authorize/envoy/{path}"' in name])

    def test_by_the_api_they_are_for_administrators(self):
        self.assertEqual(self.ask("GET", "/metrics")[0], 401)
        token = json.loads(self.log_in("correct horse")[1])["token"]
        administrator = {"Authorization": f"Bearer {token}"}
        status, text = self.ask("GET", "/metrics", headers=administrator)
        self.assertEqual(status, 200)
        self.assertIn("roster_users 1\n", text)
        user = {"email": "u@u.com", "password": "correct horse"}
        self.assertEqual(self.ask("POST", "/v1/users", user)[0], 201)
        answer = self.ask("POST", "/v1/sessions", {"login": "u@u.com", "password": "correct horse"})
        user_token = json.loads(answer[1])["token"]
        self.assertEqual(
            self.ask("GET", "/metrics", headers={"Authorization": f"Bearer {user_token}"})[0], 403
        )

    def test_their_listener_answers_nothing_else(self):
        for method, target, status in (
            ("GET", "/v1/status", 404), ("GET", "/", 404), ("POST", "/metrics", 405),
            ("HEAD", "/metrics", 200),
        ):  # fmt: skip
            self.assertEqual(self.ask(method, target, port=self.metrics_port)[0], status)


if __name__ == "__main__":
    unittest.main()
