# SPDX-License-Identifier: BSD-3-Clause
"""HTML reports in a real browser: nothing is fetched, nothing complains, rows and bars are there; pictures are kept."""
import json
import os
import subprocess
import tempfile
import unittest

from browser import LIMIT_S, Browser

COMMAND = os.environ["AIRUNNER_COMMAND"]
COMPARISON = os.environ["AIRUNNER_COMPARISON"]
PICTURES = os.environ["AIRUNNER_PICTURES_DIR"]
DIGITS = os.path.join(os.environ["AIRUNNER_MODELS_DIR"], "digits")
N_DIGITS_NODES = 9

# Contrast of every text with what is behind it, as WCAG 2 computes it; the least, and the text.
CONTRAST = """(() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = colour(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  let least = [99, ''];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const e = node.parentElement, svg = e.closest('svg');
    if (!node.textContent.trim() || e.closest('script, title')) continue;
    const style = getComputedStyle(e), pair = [colour(svg ? style.fill : style.color), behind(e)].map(luminance).sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < least[0]) least = [contrast, node.textContent];
  }
  return least;
})()"""


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs(PICTURES, exist_ok=True)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.browser = Browser(os.environ["AIRUNNER_BROWSER"])
        cls.addClassCleanup(cls.browser.close)
        digits = [os.path.join(DIGITS, name, "libai_network.so") for name in ("st-ai-int8", "st-ai-float32")]
        measure = ["-b", "50", "--mode", "per-layer-with-data"]
        cls.command("profile", "-d", digits[0], *measure, "--html", cls.path("profile.html"), "--trace", cls.path("trace.json"),
                    "--output-report", cls.path("int8.json"))
        cls.command("profile", "-d", digits[1], "-b", "50", "--output-report", cls.path("float32.json"))
        cls.save("run.json", cls.command("run", "-d", digits[0], "--json", "--html", cls.path("run.html")))
        cls.save("info.json", cls.command("info", "-d", digits[0], "--json"))
        cls.command("report", cls.path("info.json"), "-o", cls.path("info.html"))
        cls.command("report", COMPARISON, "--output", cls.path("comparison.html"))
        cls.command("compare", *(f"file:{DIGITS}/st-ai-{kind}" for kind in ("float32", "int8")), "--html", cls.path("graph.html"))
        cls.command("report", *(cls.path(name) for name in ("int8.json", "float32.json", "run.json")), COMPARISON,
                    "-o", cls.path("side-by-side.html"))

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def save(cls, name, text):
        with open(cls.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def command(*arguments):
        done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=LIMIT_S)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def page_of(self, name, *documents):
        """Renders documents that are made up; gives the page's path."""
        for number, document in enumerate(documents):
            self.save(f"{name}-{number}.json", json.dumps(document))
        path = self.path(name + ".html")
        self.command("report", *(self.path(f"{name}-{i}.json") for i in range(len(documents))), "-o", path)
        return path

    def open(self, path, **how):
        """Loads a page that must be quiet and keep to itself."""
        page = self.browser.open(path, **how)
        self.assertEqual(page.complaints, [])
        self.assertEqual(page.requests, ["file://" + path])
        return page

    def count(self, selector):
        return self.browser.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def column(self, table, index):
        return self.browser.evaluate(
            f"[...document.querySelectorAll({json.dumps(table + ' tbody tr')})].map(r => r.cells[{index}].textContent)")

    def assert_in_order(self):
        """What holds for every page, at every width and in every colour scheme."""
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), self.browser.evaluate("innerWidth"))
        self.assertEqual(self.count("h1"), 1)
        self.assertEqual(self.count("svg:not([aria-hidden]):not([aria-label])"), 0)
        self.assertEqual(self.count("table:not(:has(caption))") + self.count("th:not([scope])"), 0)
        contrast, text = self.browser.evaluate(CONTRAST)
        self.assertGreaterEqual(contrast, 4.5, text)

    def test_every_page_on_desktop_phone_and_paper(self):
        for name in ("profile", "run", "info", "comparison", "side-by-side"):
            for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
                with self.subTest(page=name, width=width, scheme=scheme):
                    self.open(self.path(name + ".html"), width=width, scheme=scheme)
                    self.assert_in_order()
                    if (width, scheme) in ((1280, "light"), (390, "dark")):  # pictures take the time
                        picture = self.browser.picture(os.path.join(PICTURES, f"{name}-{width}-{scheme}.png"))
                        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
                        self.assertGreater(len(picture), 10_000)
            paper = self.browser.printed(os.path.join(PICTURES, name + ".pdf"))
            self.assertEqual(paper[:5], b"%PDF-")

    def test_a_profile_has_its_rows_and_bars(self):
        self.open(self.path("profile.html"))
        self.assertEqual(self.browser.evaluate("document.title"), "Profile of network")
        with open(self.path("int8.json"), encoding="utf-8") as file:
            profile = json.load(file)
        nodes = profile["c_nodes"]
        self.assertEqual(len(nodes), N_DIGITS_NODES)
        tables = self.browser.evaluate("[...document.querySelectorAll('.nodes caption')].map(c => c.textContent)")
        self.assertEqual([title.split(",")[0] for title in tables], ["Time by kind of operation", "Nodes in the order of execution"])
        widths = self.browser.evaluate(
            "[...document.querySelectorAll('.nodes .scroll:last-child tbody tr')].map(row => { const bar = row.querySelector('svg.bar');"
            "return bar.firstChild.getBoundingClientRect().width / bar.getBoundingClientRect().width; })")
        self.assertEqual(len(widths), N_DIGITS_NODES)
        for node, width in zip(nodes, widths):
            self.assertAlmostEqual(width, node["share"], delta=0.01)
        self.assertEqual(self.count(".nodes .strip rect"), N_DIGITS_NODES)
        self.assertEqual(self.count(".values .spark"), N_DIGITS_NODES)
        self.assertEqual(self.count(".times .plot"), 2)
        self.assertEqual(self.count(".memory .bar"), 3)
        facts = self.browser.evaluate("document.querySelector('.provenance').textContent")
        for text in (profile["descriptor"], profile["begin"], profile["host"], profile["info"]["hash"], profile["airunner"]):
            self.assertIn(text, facts)

    def test_tables_sort(self):
        self.open(self.path("profile.html"))
        table = ".nodes .scroll:last-child table"
        order = self.column(table, 0)
        press = f"[...document.querySelectorAll({json.dumps(table + ' thead button')})].find(b => b.textContent === %r).click()"
        self.browser.evaluate(press % "p50")
        falling = [float(text) for text in self.column(table, 4)]
        self.assertEqual(falling, sorted(falling, reverse=True))
        self.assertGreater(falling[0], falling[-1])
        self.assertEqual(self.count("th[aria-sort=descending]"), 1)
        self.browser.evaluate(press % "p50")
        self.assertEqual([float(text) for text in self.column(table, 4)], sorted(falling))
        self.browser.evaluate(press % "node")
        self.assertEqual(self.column(table, 0), order)

    def test_a_page_is_complete_without_script(self):
        self.open(self.path("profile.html"), script=False)
        self.assertEqual(self.count(".nodes .scroll:last-child tbody tr"), N_DIGITS_NODES)
        self.assertEqual(self.count("button"), 0)

    def test_a_comparison_shows_the_first_node_that_diverges(self):
        self.open(self.path("comparison.html"))
        with open(COMPARISON, encoding="utf-8") as file:
            comparison = json.load(file)
        first = comparison["nodes"][comparison["first_diverging"]]["reference"]["name"]
        self.assertEqual(self.count(".nodes table.sortable tbody .badge"), len(comparison["nodes"]))
        self.assertIn(first, self.browser.evaluate("document.querySelector('.nodes table.sortable .b3').closest('tr').textContent"))
        n_compared = sum(bool(pair["tensors"]) for pair in comparison["nodes"])
        self.assertEqual(self.count(".nodes h2 + .figures > figure circle"), n_compared)
        self.assertEqual(self.count(".nodes .mark"), 2)  # where it diverges, and the diagonal of its values
        self.assertGreater(self.count(".outputs figure circle"), 10)

    def test_a_comparison_of_two_libraries(self):
        page, document = self.path("libraries.html"), self.path("libraries.json")
        self.command("compare", f"file:{DIGITS}/st-ai-float32", f"file:{DIGITS}/st-ai-int8", "--html", page, "--output-report", document)
        with open(document, encoding="utf-8") as file:
            comparison = json.load(file)
        self.open(page)
        self.assert_in_order()
        self.assertEqual(self.count(".nodes table.sortable tbody .badge"), N_DIGITS_NODES)
        facts = self.browser.evaluate("document.querySelector('.provenance').textContent")
        for side in ("reference", "other"):
            for key in ("descriptor", "begin", "host"):
                self.assertIn(comparison[side][key], facts)

    def assert_lead_to_each_other(self, document, node):
        """A click on a node of the graph shows its row, marked, and one on the head of the row the node."""
        drawn, row = (f"document.getElementById('{document}-{kind}-{node}')" for kind in ("node", "row"))
        name = self.browser.evaluate(f"{drawn}.querySelector('.name').textContent")
        self.assertIn(name.lstrip("\u2026"), self.browser.evaluate(f"{row}.textContent"))
        for clicked, shown in ((drawn, row), (row, drawn)):
            self.browser.evaluate(f"{clicked}.dispatchEvent(new MouseEvent('click', {{bubbles: true, cancelable: true}}))")
            self.assertTrue(self.browser.evaluate(f"{shown}.matches(':target')"))
            top, bottom, height = self.browser.evaluate(
                f"(box => [box.top, box.bottom, innerHeight])({shown}.getBoundingClientRect())")
            self.assertTrue(0 <= top < bottom <= height, (clicked, top, bottom))
        window = f"{drawn}.closest('.window').getBoundingClientRect()"
        self.assertTrue(self.browser.evaluate(f"(box => {window}.top <= box.top && box.bottom <= {window}.bottom)({drawn}.getBoundingClientRect())"))

    def test_the_graph_of_a_profile(self):
        self.open(self.path("profile.html"), script=False)
        with open(self.path("int8.json"), encoding="utf-8") as file:
            nodes = json.load(file)["c_nodes"]
        self.assertEqual(nodes[4]["reads"], [2, 3])
        self.assertEqual(self.count(".graph a"), N_DIGITS_NODES)
        self.assertEqual(self.count(".graph path"), sum(len(node.get("reads", [])) for node in nodes))
        longest = max(range(N_DIGITS_NODES), key=lambda i: nodes[i]["statistics"]["p50"])
        strengths = self.browser.evaluate("[...document.querySelectorAll('.graph rect')].map(r => Number(r.getAttribute('fill-opacity')))")
        self.assertEqual(strengths.index(max(strengths)), longest)
        for node in (0, 4, 8):
            self.assert_lead_to_each_other("document", node)

    def test_the_graph_of_a_comparison(self):
        self.open(self.path("graph.html"))
        self.assert_in_order()
        self.assertEqual(self.count(".graph a"), N_DIGITS_NODES)
        verdicts = self.column(".nodes .sortable", 2)
        self.assertEqual(self.browser.evaluate("[...document.querySelectorAll('.graph .value')].map(v => v.textContent)"), verdicts)
        badges = self.browser.evaluate("[...document.querySelectorAll('.nodes .sortable tbody .badge')].map(b => getComputedStyle(b).color)")
        boxes = self.browser.evaluate("[...document.querySelectorAll('.graph rect')].map(r => getComputedStyle(r).stroke)")
        self.assertEqual(boxes, badges)
        self.assert_lead_to_each_other("document", 7)

    def test_graphs_side_by_side_are_their_own(self):
        self.open(self.path("side-by-side.html"))
        ids = self.browser.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        self.assertEqual(len(ids), len(set(ids)))
        self.assert_lead_to_each_other("document-2", 6)

    def test_a_graph_of_thousands_of_nodes_can_be_used(self):
        nodes = [{"name": f"layers.{i // 10}/node_{i}", "index": i, "layer_desc": f"Kind{i % 30} ({i})", "share": 1 / 5000,
                  "statistics": {"p50": (i * 7919 % 5000) / 1e4}, "reads": [i - d for d in (1, 2, 5) if i % d == 0 and i >= d]}
                 for i in range(5000)]
        self.open(self.page_of("large-graph", {"schema": "airunner.profile/1", "c_nodes": nodes}))
        self.assertEqual(self.count(".graph a"), 5000)
        self.assertLess(self.browser.evaluate("document.querySelector('.graph svg').getBoundingClientRect().width"), 3000)
        self.assert_lead_to_each_other("document", 4321)

    def test_side_by_side(self):
        self.open(self.path("side-by-side.html"))
        self.assertEqual(self.count("article"), 4)
        self.assertEqual(self.count("nav a"), 4)
        self.assertEqual(self.count(".overview table"), 2)
        self.assertEqual(self.count(".overview .scroll:last-child tbody tr"), N_DIGITS_NODES)
        self.assertEqual(self.count(".overview .scroll:last-child .bar"), 2 * N_DIGITS_NODES)

    def test_the_whole_table_of_outputs_is_seen(self):
        """Also acc, which says most to who compares classifiers."""
        for width in (1024, 1280, 1440, 1920):
            self.open(self.path("comparison.html"), width=width)
            sizes = self.browser.evaluate("[...document.querySelectorAll('section.outputs .scroll')].map(s => [s.scrollWidth, s.clientWidth])")
            for needed, given in sizes:
                self.assertLessEqual(needed, given, width)
            heads = self.browser.evaluate("[...document.querySelectorAll('section.outputs th[scope=col]')].map(h => h.textContent)")
            self.assertIn("acc", heads)
            names = self.browser.evaluate(
                "[...document.querySelectorAll('section.nodes table.sortable thead th')].slice(0, 2).map(h => h.offsetWidth)")
            self.assertLess(max(names), 1.5 * min(names), width)

    def test_a_comparison_says_what_it_knows_and_no_more(self):
        with open(COMPARISON, encoding="utf-8") as file:
            document = json.load(file)
        document["limits"] = [{"metric": "cos", "min": 0.9999999, "max": None}, {"metric": "rmse", "min": None, "max": 1e-7}]
        document["outputs"][0]["metrics"].update(acc=None, cos=1 - 3e-9)
        self.open(self.page_of("no-classes", document))
        text = self.browser.evaluate("document.querySelector('section.outputs').innerText")
        self.assertIn("cos at least 0.9999999, rmse at most 1e-07", text)
        self.assertIn("1 \u2212 3e-09", text)
        self.assertNotIn("acc", text)
        self.assertNotIn("quanta", text)
        document["outputs"][0]["metrics"]["acc"] = 1
        document["outputs"][0]["reference"]["shape"] = [1, 1]  # the only value is always the largest
        self.open(self.page_of("one-value", document))
        self.assertNotIn("acc", self.browser.evaluate("document.querySelector('section.outputs').innerText"))

    def test_a_comparison_shows_the_error_of_each_node(self):
        """What the text report says of local errors, and every column of it is seen."""
        with open(COMPARISON, encoding="utf-8") as file:
            document = json.load(file)
        local = {"ratio": 0.75, "channel": 3, "n_channels": 16, "clipped": 0.125, "suggestion": None}
        document.update(method="local error", judge="other", weights="int8-channel", conclusion="none", passed=False)
        for pair, changes in zip(document["nodes"], ({}, {"ratio": None}, {"suggestion": {"kind": "bias lost", "ratio": 0.9}}, {})):
            pair["local"] = {**local, **changes}
        document["nodes"][2]["verdict"] = "own error"
        path = self.page_of("local", document)
        for width in (1024, 1280, 1920):
            self.open(path, width=width)
            needed, given = self.browser.evaluate(
                "(s => [s.scrollWidth, s.clientWidth])(document.querySelector('.nodes table.sortable').parentElement)")
            self.assertLessEqual(needed, given, width)
            self.browser.picture(os.path.join(PICTURES, f"local-{width}.png"))
        self.assert_in_order()
        self.assertEqual(self.browser.evaluate("document.querySelector('.verdict .badge').textContent"), "NONE")
        self.assertIn("Each judged by itself, by the other; weights: int8-channel.",
                      self.browser.evaluate("document.querySelector('.nodes').innerText"))
        table = ".nodes table.sortable"
        self.assertEqual(self.column(table, 2)[2], "own errorbias lost (ratio 0.75, 0.9 without it)")
        self.assertEqual(self.column(table, 3)[:2] + self.column(table, 3)[4:], ["0.753/16, 12\u00a0% clipped", "\u221e3/16, 12\u00a0% clipped", "\u2013"])
        self.assertEqual(self.browser.evaluate("document.querySelector('.nodes .mark + text').textContent"), "own error")
        document.update(method="free running", judge=None, weights=None)
        document["outputs"][0]["parts"] = {"axis": 0, "metrics": [{"l2r": i / 84, "rmse": 1, "max_error": 2, "cos": 0.5} for i in range(84)]}
        self.open(self.page_of("free", document))
        text = self.browser.evaluate("document.querySelector('.nodes').innerText")
        self.assertIn("the weaker method", text)
        self.assertIn("mixes kinds along dimension 1: the worst 16 of its 84 parts",
                      self.browser.evaluate("document.querySelector('.outputs').innerText"))
        self.assertEqual(self.column(".outputs table.sortable", 0)[:2], ["83", "82"])
        self.assertNotIn("clipped", text)

    def test_thirty_runs(self):
        with open(self.path("int8.json"), encoding="utf-8") as file:
            document = json.load(file)
        values = document["c_durations"]
        documents = []
        for run in range(30):
            factor = 2 if run == 29 else 1 + run % 3 / 1000
            spread = [factor * (1 + (i % 7) / 100) for i in range(len(values))]
            folder = self.path(f"week-{run:02}")
            os.makedirs(folder, exist_ok=True)
            document["c_durations"] = spread
            document["statistics"]["p50"] = sorted(spread)[len(spread) // 2]
            with open(os.path.join(folder, "profile.json"), "w", encoding="utf-8") as file:
                json.dump(document, file)
            documents.append(os.path.join(folder, "profile.json"))
        self.command("report", *documents, "-o", self.path("thirty.html"))
        for width in (390, 1024, 1920):
            self.open(self.path("thirty.html"), width=width)
            self.assert_in_order()
        needed, given = self.browser.evaluate(
            "(s => [Math.max(...s.map(e => e.scrollWidth - e.clientWidth)), s.length])([...document.querySelectorAll('section.overview .scroll')])")
        self.assertEqual((needed, given), (0, 2))
        runs = "section.overview .scroll:nth-of-type(1) table"
        self.assertEqual(self.column(runs, 0)[:2], ["1 \u00b7 week-00/profile.json", "2 \u00b7 week-01/profile.json"])
        changes = self.browser.evaluate(
            "[...document.querySelectorAll('section.overview table')][0].querySelectorAll('tbody tr td span').length")
        self.assertEqual(changes, 29)
        self.assertEqual(self.browser.evaluate(
            "[...document.querySelectorAll('section.overview table')][0].querySelectorAll('.worse').length"), 1)  # the last; all others are noise
        self.assertEqual(self.count("details:not([open])"), 30)
        self.browser.evaluate("document.querySelector('a[href=\"#document-7\"]').click()")
        self.assertEqual(self.browser.evaluate("document.querySelector('#document-7').closest('details').open"), True)
        self.browser.picture(os.path.join(PICTURES, "thirty.png"))

    def test_values_that_are_no_numbers_come_first(self):
        with open(self.path("int8.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["inputs"] = [{"name": "serving_default_x", "n_nan": 1234, "n_inf": 5}]
        document["interrupted"] = "[timeout, E801] too slow"
        self.open(self.page_of("nan", document))
        notes = self.browser.evaluate("[...document.querySelectorAll('header + .note, .note + .note')].map(n => n.textContent)")
        self.assertEqual(notes, ["Input serving_default_x was given 1,234 NaN and 5 infinite values: what is computed from them says little.",
                                 "This run was interrupted: [timeout, E801] too slow"])

    def test_hostile_names_are_shown_and_do_nothing(self):
        attack = "</title></style></table><script>pwned = 1</script><img src=x onerror='alert(1)'><a href='javascript:alert(1)'>"
        node = {"name": attack, "index": 0, "layer_desc": attack, "statistics": {"mean": 1}, "share": 1,
                "io_tensors": [{"name": attack, "type": attack, "shape": [1]}], "tensor_statistics": [{"count": 1}]}
        path = self.page_of("hostile", {"schema": "airunner.profile/1", "descriptor": attack, "c_nodes": [node],
                                        "info": {"name": attack, "hash": attack, "inputs": [{"name": attack, "tag": attack}]}})
        self.open(path)
        self.assertEqual(self.browser.evaluate("typeof pwned"), "undefined")
        self.assertEqual(self.count("script"), 1)
        self.assertEqual(self.count("img") + self.count("a"), 0)
        self.assertEqual(self.browser.evaluate("document.querySelector('h1').textContent"), attack)
        # The policy of the page would stop a script that came in nevertheless, and anything it fetched.
        for attempt in ("document.body.append(Object.assign(document.createElement('script'), {textContent: 'pwned = 1'}))",
                        "document.body.append(Object.assign(new Image(), {src: 'file:///nothing.png'}))"):
            self.browser.evaluate(attempt)
        self.assertEqual(self.browser.evaluate("typeof pwned"), "undefined")

    def test_thousands_of_nodes_and_empty_lists(self):
        n = 5000
        nodes = [{"name": f"node_{i}", "index": i, "layer_desc": f"Kind{i % 30} ({i})", "share": 1 / n,
                  "statistics": dict.fromkeys(("mean", "p50"), (i * 7919 % n) / 1e4)} for i in range(n)]
        self.open(self.page_of("large", {"schema": "airunner.profile/1", "c_nodes": nodes, "c_durations": [1.0] * 20000}))
        self.assertEqual(self.count(".nodes .scroll:last-child tbody tr"), n)
        self.assertEqual(self.count(".nodes .strip rect"), n - 1)  # one takes no time
        self.assertLess(self.browser.evaluate("document.querySelector('.times polyline').points.length"), 1000)
        self.assert_in_order()
        self.open(self.page_of("empty", *({"schema": f"airunner.{kind}/1"} for kind in ("profile", "run", "info", "comparison"))))
        self.assertEqual(self.count("article"), 4)
        self.assert_in_order()

    def test_a_trace_adds_up_to_the_profile(self):
        with open(self.path("trace.json"), encoding="utf-8") as file:
            trace = json.load(file)
        with open(self.path("int8.json"), encoding="utf-8") as file:
            profile = json.load(file)
        tracks = {e["tid"]: e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "thread_name"}
        self.assertEqual(sorted(tracks.values()), ["device", "host", "link"])
        slices = [e for e in trace["traceEvents"] if e["ph"] == "X"]
        for node in profile["c_nodes"]:
            own = [e["dur"] for e in slices if e["name"] == node["name"]]
            self.assertEqual(len(own), len(node["c_durations"]))
            self.assertAlmostEqual(sum(own), 1000 * sum(node["c_durations"]), delta=0.001 * len(own))
        samples = [e["dur"] for e in slices if tracks[e["tid"]] == "device" and e["name"].startswith("sample")]
        self.assertAlmostEqual(sum(samples), 1000 * profile["times"]["device_ms"], delta=1e-6 * sum(samples) + 0.1)
        self.assertEqual(trace["otherData"]["hash"], profile["info"]["hash"])


if __name__ == "__main__":
    unittest.main()
