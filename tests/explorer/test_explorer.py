# SPDX-License-Identifier: BSD-3-Clause
"""What --model-explorer writes, in Google's Model Explorer itself: its server, its page in a headless browser, and each value at its node.

Started by scripts/test-explorer, whose Python has Model Explorer and its adapter for ONNX."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report"))
from browser import Browser, Page  # noqa: E402

COMMAND = os.environ["AIRUNNER_COMMAND"]
MODELS = os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "examples", "models", "digits")
PICTURES = os.environ["AIRUNNER_PICTURES_DIR"]
LIMIT_S = 120  # of starting the server, and of one page

# The rows of the table "Node data": the label of a node and one text for each series.
ROWS = """[...document.querySelectorAll('node-data-provider-summary-panel table')].at(-1) === undefined ? [] :
[...[...document.querySelectorAll('node-data-provider-summary-panel table')].at(-1).querySelectorAll('tbody tr')]
.map(row => [...row.cells].slice(1).map(cell => cell.innerText.trim()))"""


def until(what, limit_s=LIMIT_S):
    """Waits until `what()` gives something, and gives it."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"nothing within {limit_s} s")


def complete(rows, n_columns):
    """Those with a value; none while a series is still to come."""
    rows = [row for row in rows if len(row) == n_columns and set(row[1:]) != {"-"}]
    return rows if all(any(row[column] != "-" for row in rows) for column in range(1, n_columns)) else []


class Explorer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.makedirs(PICTURES, exist_ok=True)

    def overlays(self, *arguments):
        """Runs the command with --model-explorer; gives {name in the file's name: path}, that of the first ""."""
        first = os.path.join(self.folder, "overlay.json")
        done = subprocess.run([COMMAND, *arguments, "--model-explorer", first], capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        names = {name[len("overlay"):-len(".json")].lstrip("."): name for name in os.listdir(self.folder)}
        return {name: os.path.join(self.folder, file) for name, file in names.items()}

    def serve(self, model, overlays):
        """Starts the server as its users do; gives its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen([sys.executable, "-m", "model_explorer", "--no_open_in_browser", "--skip_health_check", "--host", "127.0.0.1",
                                   "--port", str(port), "--extensions", "model_explorer_onnx", model, "--node_data_paths", ",".join(overlays)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        address = f"http://127.0.0.1:{port}"

        def is_up():
            try:
                with urllib.request.urlopen(address + "/check_health", timeout=5) as answer:
                    return answer.read()
            except OSError:
                return None
        until(is_up)
        return address

    def shown(self, model, overlays, picture):
        """The rows of the table of nodes that have a value, as the page shows them."""
        adapter = {"adapterId": "onnx_adapter"} if model.endswith(".onnx") else {}
        data = {"models": [{"url": model, **adapter}], "nodeData": overlays, "nodeDataTargets": [""] * len(overlays), "uiState": {"paneStates": []}}
        address = self.serve(model, overlays)
        browser = Browser(os.environ["AIRUNNER_BROWSER"])
        self.addCleanup(browser.close)
        browser.call("Emulation.setDeviceMetricsOverride", width=1600, height=1000, deviceScaleFactor=1, mobile=False)
        browser.page = Page()
        browser.call("Page.navigate", url=f"{address}/?data=" + urllib.parse.quote(json.dumps(data)))
        rows = until(lambda: complete(browser.evaluate(ROWS), 1 + len(overlays)))
        browser.picture(os.path.join(PICTURES, picture))
        return rows

    def values(self, path):
        with open(path, encoding="utf-8") as file:
            return [entry["value"] for entry in json.load(file)["results"].values()]

    def check(self, rows, files, names, operators):
        """Each node of the file has its row, in order, with the values that the files have."""
        self.assertEqual([row[0] for row in rows], operators)
        for column, name in enumerate(names, 1):
            shown = [row[column] for row in rows if row[column] != "-"]
            values = self.values(files[name])
            self.assertEqual([text if isinstance(value, str) else float(text) for text, value in zip(shown, values, strict=True)], values)

    def test_times_over_a_tflite_file(self):
        model = os.path.join(MODELS, "digits_int8.tflite")
        files = self.overlays("profile", "-d", model, "-b", "5")
        self.assertEqual(sorted(files), ["", "processor"])
        rows = self.shown(model, [files[""], files["processor"]], "times.png")
        self.check(rows, files, ["", "processor"],
                   ["conv_2d", "conv_2d", "max_pool_2d", "conv_2d", "add", "conv_2d", "max_pool_2d", "fully_connected", "softmax"])

    def test_verdicts_over_an_onnx_file(self):
        model = os.path.join(MODELS, "digits_float32.onnx")
        files = self.overlays("compare", model, os.path.join(MODELS, "digits_int8.tflite"), "-b", "5")
        names = ["", "ratio", "error", "time", "processor"]
        self.assertLessEqual(set(names), set(files))
        rows = self.shown(model, [files[name] for name in names], "verdicts.png")
        self.check(rows, files, names, ["Conv", "Relu", "Conv", "Relu", "MaxPool", "Conv", "Add", "Relu", "Conv", "Relu", "MaxPool", "Flatten",
                                        "Gemm", "Softmax"])


if __name__ == "__main__":
    unittest.main()
