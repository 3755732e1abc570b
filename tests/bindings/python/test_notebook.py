# SPDX-License-Identifier: BSD-3-Clause
"""What notebooks show of results and comparisons, many of them below one another in a real browser."""

import json
import os
import sys
import unittest

from support import SOURCE, TestCase

sys.path.insert(0, str(SOURCE / "tests" / "report"))
import numpy as np  # noqa: E402
from browser import Browser  # noqa: E402

import airunner  # noqa: E402

STYLES = """<style>h1{color:rgb(1,2,3);font-size:11px} table{border-collapse:separate} .note{display:none} body{max-width:none;margin:7px}</style>"""


class Notebook(TestCase):
    def test_many_in_one(self):
        model = self.connect().model
        result = model.invoke(model.random_inputs(20), mode="per_layer_with_data")
        capture = airunner.capture(model, model.random_inputs(3))
        shown = [result, result.profile, capture, model, airunner.compare("null:", "null:")] * 4
        cells = "".join(f"<div class=cell>{one._repr_html_()}</div>" for one in shown)
        path = self.folder() / "notebook.html"
        path.write_text(f"<!DOCTYPE html><title>n</title>{STYLES}<body><h1>The notebook's own</h1><table></table>{cells}", encoding="utf-8")
        browser = Browser(os.environ["AIRUNNER_BROWSER"])
        self.addCleanup(browser.close)
        page = browser.open(str(path))
        self.assertEqual(page.complaints, [])
        self.assertEqual([url for url in page.requests if not url.startswith(("file:", "about:srcdoc"))], [])
        # The notebook looks as it would without them: what they bring stays in their frames, which are in order and have a height.
        own = browser.evaluate("""(() => { const h = getComputedStyle(document.querySelector('h1')), b = getComputedStyle(document.body);
          return [h.color, h.fontSize, b.margin, b.maxWidth, getComputedStyle(document.querySelector('table')).borderCollapse]; })()""")
        self.assertEqual(own, ["rgb(1, 2, 3)", "11px", "7px", "none", "separate"])
        self.assertEqual(browser.evaluate("document.querySelectorAll('.cell > *').length"), len(shown))
        self.assertTrue(browser.evaluate("[...document.querySelectorAll('.cell > iframe')].every(f => f.clientHeight > 200)"))
        frames = browser.call("Page.getFrameTree")["frameTree"]["childFrames"]
        self.assertEqual(len(frames), len(shown))
        for frame in frames:
            world = browser.call("Page.createIsolatedWorld", frameId=frame["frame"]["id"])["executionContextId"]
            look = """JSON.stringify([document.querySelectorAll('h1').length, getComputedStyle(document.querySelector('h1')).fontSize,
              document.querySelectorAll('table').length > 0, document.documentElement.scrollWidth <= innerWidth])"""
            value = browser.call("Runtime.evaluate", expression=look, contextId=world)["result"]["value"]
            n_titles, size, has_tables, fits = json.loads(value)
            self.assertEqual((n_titles, has_tables, fits), (1, True, True))
            self.assertGreater(float(size.rstrip("px")), 20)

    def test_values_that_are_no_numbers_are_told_first(self):
        model = self.connect().model
        inputs = model.random_inputs(2)
        self.assertEqual(model.invoke(inputs).profile.not_finite_inputs, {})
        inputs[0] = np.array(inputs[0])
        inputs[0].flat[[0, 5]] = np.nan
        inputs[0].flat[7] = np.inf
        result = model.invoke(inputs)
        self.assertEqual(result.profile.not_finite_inputs, {"input_1": (2, 1)})
        self.assertIn("of 'network': input input_1 with 2 NaN and 1 infinite values", repr(result))
        self.assertIn("2 NaN and 1 infinite", str(result.profile).splitlines()[1])
        page = result._repr_html_()
        self.assertLess(page.index("was given 2 NaN and 1 infinite values"), page.index("samples measured"))


if __name__ == "__main__":
    unittest.main()
