# SPDX-License-Identifier: BSD-3-Clause
"""A headless browser, driven over the pipe of its DevTools protocol with the standard library alone."""
import base64
import fcntl
import json
import os
import select
import subprocess
import tempfile
import time

LIMIT_S = 60  # of one answer; none comes near


class Page:
    """What a page did while it was loaded and looked at."""

    def __init__(self):
        self.requests = []  # addresses
        self.complaints = []  # errors of the console, exceptions, dialogs
        self.loaded = False


class Browser:
    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        to_read, self.write_end = os.pipe()
        self.read_end, to_write = os.pipe()
        # The browser expects the pipes at 3 and 4; from higher numbers bash can put both there.
        given = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (to_read, to_write)]
        script = f'exec "$0" "$@" 3<&{given[0]} 4>&{given[1]}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder.name}"],
            pass_fds=given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (to_read, to_write, *given):
            os.close(end)
        self.received = b""
        self.number = 0
        self.page = Page()
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(LIMIT_S)
        os.close(self.read_end)
        os.close(self.write_end)
        self.folder.cleanup()

    def call(self, method, **parameters):
        """The result of a method of the protocol."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def receive(self):
        deadline = time.monotonic() + LIMIT_S
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.read_end, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError("the browser does not answer")
            self.received += data
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def note(self, event):
        method, details = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.page.loaded = True
        elif method == "Network.requestWillBeSent":
            self.page.requests.append(details["request"]["url"])
        elif method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.page.complaints.append(json.dumps(details)[:500])
        elif method == "Page.javascriptDialogOpening":
            self.page.complaints.append("dialog: " + details["message"])
            self.number += 1
            message = {"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": False},
                       "sessionId": self.session}
            os.write(self.write_end, json.dumps(message).encode() + b"\0")

    def open(self, path, width=1280, scheme="light", script=True):
        """Loads a file; the Page tells what happened meanwhile."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.page = Page()
        self.call("Page.navigate", url="file://" + path)
        while not self.page.loaded:
            self.note(self.receive())
        self.evaluate("1")  # what was said until now has arrived
        return self.page

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def picture(self, path):
        """The whole page as PNG; gives its bytes."""
        height = min(self.evaluate("document.documentElement.scrollHeight"), 12000)
        width = self.evaluate("innerWidth")
        data = base64.b64decode(self.call(
            "Page.captureScreenshot", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"])
        return self.keep(path, data)

    def printed(self, path):
        """The page on paper, as PDF; gives its bytes."""
        return self.keep(path, base64.b64decode(self.call("Page.printToPDF")["data"]))

    @staticmethod
    def keep(path, data):
        with open(path, "wb") as file:
            file.write(data)
        return data
