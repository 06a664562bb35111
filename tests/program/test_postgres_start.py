"""What `roster serve --store postgres://...` refuses at its start, by name: databases that it cannot
use, and servers that it cannot trust."""

import os
import shutil
import subprocess
import time
import unittest

from postgres_program import PostgresTest
from imitated_postgres import ImitatedPostgres
from roster_process import TIMEOUT_SECONDS


class StartTest(PostgresTest):
    def assert_refused(self, url, *texts, **options):
        done = self.run_roster("serve", "--store", url, "--classic", "127.0.0.1:0", **options)
        self.assert_fails(done, 5, *texts)
        return done


class ForeignDatabases(StartTest):
    def test_a_newer_schema(self):
        self.serve().stop()
        self.database.sql("INSERT INTO schema_migrations VALUES (2, 'future', 'x', 0)")
        self.assert_refused(self.url, "newer")
        self.assert_fails(self.run_roster("check", self.url), 5, "newer")
        self.assertEqual(self.database.sql("SELECT count(*) FROM writers WHERE seen_at > now()"),
                         "0")

    def test_an_encoding_that_is_not_utf8(self):
        for encoding in ("SQL_ASCII", "LATIN1"):
            self.database.sql(f"CREATE DATABASE other ENCODING '{encoding}' LOCALE 'C' TEMPLATE "
                              "template0")
            self.assert_refused(self.database.url(database="other"), encoding, "UTF8")
            self.database.sql("DROP DATABASE other")

    def test_no_such_database(self):
        self.assert_refused(self.database.url(database="nothing"), "no database of this name")

    def test_other_products_and_old_versions(self):
        for version, number, named in (
                ("CockroachDB CCL v23.2.0 (x86_64-pc-linux-gnu)", "13.0.0", "CockroachDB"),
                ("PostgreSQL 13.14 on x86_64-pc-linux-gnu", "13.14", "too old (13.14)"),
                ("PostgreSQL 9.6.24 on x86_64-pc-linux-gnu", "9.6.24", "too old (9.6.24)")):
            with ImitatedPostgres(version, number) as server:
                self.assert_refused(server.url(), named, "use PostgreSQL 14 or later")

    def test_a_wrong_password_is_not_shown(self):
        hba = self.database.data / "pg_hba.conf"
        hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
        self.database.sql("ALTER ROLE roster PASSWORD 'right'; SELECT pg_reload_conf()")
        self.database.wait(lambda: self.run_roster("check", self.url).returncode)
        done = self.assert_refused(self.url.replace("roster@", "roster:wrong@"),
                                   "does not accept this user or password")
        self.assertNotIn("wrong", done.stderr)
        self.assert_refused(self.url, "asks for a password", "--store-password-file")
        none = str(self.directory / "none")
        self.assert_refused(f"{self.url}?password_file={none}", none, "cannot be read")
        secret = self.directory / "secret"
        secret.write_text("right\n", encoding="utf-8")
        self.assertTrue(self.is_ready(self.open("--store-password-file", str(secret))))
        backup = str(self.directory / "backup")
        self.assert_fails(self.run_roster("backup", self.url, backup), 5, "asks for a password")
        done = self.run_roster("backup", "--store-password-file", str(secret), self.url, backup)
        self.assertEqual(done.returncode, 0, done.stderr)


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl here")
class Certificates(StartTest):
    """A server whose certificate is for "localhost" alone."""

    def setUp(self):
        super().setUp()
        directory = self.database.directory / "tls"
        directory.mkdir()
        self.authority, self.stranger = directory / "ca.crt", directory / "stranger.crt"
        self.make(self.authority, "-x509", "-subj", "/CN=authority")
        self.make(self.stranger, "-x509", "-subj", "/CN=stranger")
        certificate = directory / "server.crt"
        self.make(certificate, "-x509", "-subj", "/CN=localhost", "-addext",
                  "subjectAltName=DNS:localhost", "-CA", self.authority, "-CAkey",
                  self.authority.with_suffix(".key"))
        key = certificate.with_suffix(".key")
        if self.database.user:
            os.chown(key, self.database.user.pw_uid, self.database.user.pw_gid)
        self.database.sql(f"ALTER SYSTEM SET ssl_cert_file = '{certificate}'")
        self.database.sql(f"ALTER SYSTEM SET ssl_key_file = '{key}'")
        self.database.sql("ALTER SYSTEM SET ssl = 'on'")
        self.database.sql("SELECT pg_reload_conf()")
        self.database.wait(lambda: self.database.sql("SHOW ssl") == "on")

    def make(self, certificate, *arguments):
        subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                        certificate.with_suffix(".key"), "-out", certificate, *arguments],
                       check=True, capture_output=True, timeout=TIMEOUT_SECONDS)

    def at(self, host, *options):
        return f"postgres://roster@{host}:{self.database.port}/roster?" + "&".join(options)

    def test_a_host_that_is_not_this_machine_needs_one(self):
        # It reaches the loopback, and does not say so.
        self.assert_refused(self.at("0.0.0.0"), "certificate",
                            variables={"HOME": str(self.directory)})
        self.assert_refused(self.at("0.0.0.0", f"sslrootcert={self.authority}"), "certificate",
                            "0.0.0.0")
        self.database.sql("ALTER SYSTEM SET ssl = 'off'")
        self.database.sql("SELECT pg_reload_conf()")
        self.database.wait(lambda: self.database.sql("SHOW ssl") == "off")
        self.assert_refused(self.at("0.0.0.0", f"sslrootcert={self.authority}"),
                            "does not support SSL")

    def test_the_certificate_has_to_be_the_host_s(self):
        trust = f"sslrootcert={self.authority}"
        self.assert_refused(self.at("127.0.0.1", "sslmode=verify-full", trust), "certificate",
                            "does not match")
        for url in (self.at("127.0.0.1", "sslmode=verify-ca", trust),
                    self.at("localhost", "sslmode=verify-full", trust)):
            self.start("--store", url).stop()
            self.assertEqual(self.run_roster("check", url).returncode, 0)

    def test_it_has_to_be_of_the_authority(self):
        for mode in ("verify-ca", "verify-full"):
            self.assert_refused(
                self.at("localhost", f"sslmode={mode}", f"sslrootcert={self.stranger}"),
                "certificate verify failed")


if __name__ == "__main__":
    unittest.main()
