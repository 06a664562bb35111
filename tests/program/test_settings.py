"""Flag before environment before file."""

import unittest

from roster_process import ProgramTest


class Settings(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file = self.directory / "roster.toml"
        self.urls = {
            source: f"json:{self.directory / source}.json"
            for source in ("flag", "variable", "section", "file")
        }
        self.file.write_text(
            f'store = "{self.urls["file"]}"\n\n[serve]\nstore = "{self.urls["section"]}"\n'
        )

    def served_store(self, *arguments, variables=None):
        server = self.start(*arguments, variables=variables)
        self.assertEqual(server.stop(), 0, server.log())
        return server.store

    def test_the_flag_wins(self):
        store = self.served_store(
            "--store", self.urls["flag"], "--config", str(self.file),
            variables={"ROSTER_STORE": self.urls["variable"]},
        )
        self.assertEqual(store, self.urls["flag"])

    def test_then_the_environment(self):
        store = self.served_store(
            "--config", str(self.file), variables={"ROSTER_STORE": self.urls["variable"]}
        )
        self.assertEqual(store, self.urls["variable"])

    def test_then_the_section_of_the_file(self):
        store = self.served_store(variables={"ROSTER_CONFIG": str(self.file)})
        self.assertEqual(store, self.urls["section"])

    def test_then_its_top_level(self):
        done = self.run_roster(
            "user", "add", "--config", str(self.file), "a@a.com",
            stdin="pw12-pw12\n", variables={"ROSTER_PASSWORD_STDIN": "true", "ROSTER_ROLE": "admin"},
        )
        self.assertEqual(done.stdout, "added user 1 a@a.com (admin)\n", done.stderr)
        self.assertTrue((self.directory / "file.json").exists())

    def test_then_the_default(self):
        self.assertEqual(self.served_store(), self.url)

    def test_bad_values_name_their_source(self):
        variables = {"ROSTER_THREADS": "many"}
        self.assert_fails(self.run_roster("serve", variables=variables), 2, "ROSTER_THREADS: must")
        self.file.write_text('[serve]\nthreads = "many"\n')
        done = self.run_roster("serve", "--config", str(self.file))
        self.assert_fails(done, 2, f"{self.file}: serve.threads: must")

    def test_unknown_keys_are_refused(self):
        self.file.write_text("treads = 4\n")
        done = self.run_roster("serve", "--config", str(self.file))
        self.assert_fails(done, 2, f"{self.file}: treads: unknown key")

    def test_a_missing_file_is_said(self):
        done = self.run_roster("serve", "--config", "missing.toml")
        self.assert_fails(done, 2, "missing.toml: cannot be read")


if __name__ == "__main__":
    unittest.main()
