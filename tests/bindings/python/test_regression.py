# SPDX-License-Identifier: BSD-3-Clause
"""airunner: profiles against those of before. The numbers against NumPy's."""

import json
import unittest

import numpy as np

from support import TestCase

import airunner


class Regression(TestCase):
    @classmethod
    def setUpClass(cls):
        with airunner.connect("null:") as runner:
            _, cls.profile = runner.model.invoke(runner.model.random_inputs(4), mode="per_layer")
        cls.document = cls.profile.to_dict()

    def runs(self, times):
        """A document for each time: its samples all take that long."""
        return [{**self.document, "c_durations": [time] * 4} for time in times]

    def test_the_change_is_the_median_of_all_differences(self):
        random = np.random.default_rng(7)
        for n, m in ((5, 5), (6, 9), (9, 6), (30, 12)):
            before, now = np.exp(random.normal(0, 0.1, n)), np.exp(random.normal(0.2, 0.1, m))
            found = airunner.compare_profiles(self.runs(before), self.runs(now), ["p50=1000%"])
            check = found.checks[0]
            differences = np.subtract.outer(np.log(now), np.log(before))
            self.assertAlmostEqual(check["change"], np.expm1(np.median(differences)), places=9)
            self.assertAlmostEqual(check["slower_pairs"], np.mean(differences > 0), places=12)
            self.assertAlmostEqual(check["baseline"]["value"], np.median(before), places=9)
            self.assertAlmostEqual(check["current"]["value"], np.median(now), places=9)
            self.assertLess(check["low"], check["change"])
            self.assertLess(check["change"], check["high"])
            np.testing.assert_allclose(sorted(check["current"]["values"]), sorted(now))

    def test_bounds_hold_what_they_promise(self):
        """Of 200 pairs of sides that are alike, the bounds of few leave out that nothing has changed."""
        random = np.random.default_rng(8)
        missed = 0
        for _ in range(200):
            times = np.exp(random.standard_cauchy(12) / 100)  # no distribution has longer tails
            # Without a limit: those of a verdict are its own.
            check = airunner.compare_profiles(self.runs(times[:6]), self.runs(times[6:]), ["max=1000%"]).checks[1]
            self.assertEqual((check["quantity"], check["verdict"], check["confidence"]), ("p50", None, 0.992))
            missed += not check["low"] <= 0 <= check["high"]
        self.assertLessEqual(missed, 6)  # 1 % promised: 2

    def test_verdicts(self):
        quiet = self.runs([1, 1.01, 0.99, 1, 1])
        slower = airunner.compare_profiles(quiet, self.runs([1.2, 1.21, 1.19, 1.2, 1.2]))
        self.assertEqual((slower.verdict, bool(slower)), ("regression", False))
        self.assertIn("regression: p50 +20.0 %", str(slower))
        same = airunner.compare_profiles(quiet, quiet, ["p50=3%"])
        self.assertEqual((same.verdict, bool(same)), ("no regression", True))
        few = airunner.compare_profiles(quiet[:2], quiet, ["p50=3%"])
        self.assertEqual((few.verdict, bool(few), few.document["more_baseline_runs"]), ("cannot tell", False, 3))
        self.assertEqual(json.loads(same.to_json(indent=1)), same.document)
        self.assertIn("<svg", same.to_html())
        self.assertIn("no regression", repr(same))

    def test_sides(self):
        runs = {"schema": "airunner.runs/1", "airunner": "", "runs": self.runs([1] * 5)}
        for side in ([self.profile] * 5, [self.profile.to_json()] * 5, [runs], self.runs([1] * 5)):
            self.assertEqual(airunner.compare_profiles(side, side, ["memory=1%"]).document["current"]["runs"], 5)
        for wrong in (self.profile, self.profile.to_json(), runs):
            with self.assertRaisesRegex(TypeError, "a side is a list of documents"):
                airunner.compare_profiles(wrong, [runs])
        with self.assertRaisesRegex(TypeError, "expected a list such as"):
            airunner.compare_profiles([runs], [runs], "p50=3%")
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "limit p50: expected what may grow"):
            airunner.compare_profiles([runs], [runs], ["p50"])
        with self.assertRaisesRegex(airunner.InvalidInputError, "the schema is 'x'"):
            airunner.compare_profiles([{"schema": "x"}], [runs])


if __name__ == "__main__":
    import unittest
    unittest.main()
