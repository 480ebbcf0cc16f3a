"""The API against its own description: schemathesis tries what a stranger would."""

import os
import pathlib
import subprocess
import sys
import unittest

from host import Host


class OpenAPITests(unittest.TestCase):
    def test_no_server_error_and_no_undocumented_answer(self):
        tool = pathlib.Path(sys.executable).parent / "schemathesis"
        self.assertTrue(tool.exists(), f"{tool} is not there: run scripts/setup --tests")
        with Host() as host:
            host.document()
            run = subprocess.run(
                [str(tool), "run", host.url + "/openapi.json",
                 "--header", f"Authorization: Bearer {host.token}",
                 "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                             "response_schema_conformance,unsupported_method",
                 "--max-examples", os.environ.get("PLUGINHOST_SCHEMATHESIS_EXAMPLES", "25"),
                 "--seed", "1", "--request-timeout", "20", "--no-color"],
                capture_output=True, text=True, timeout=900, cwd=host.folder.name)
            self.assertEqual(run.returncode, 0, run.stdout[-8000:] + run.stderr[-2000:])
            self.assertEqual(host.call("GET", "/healthz", token=False).status, 200)


if __name__ == "__main__":
    unittest.main()
