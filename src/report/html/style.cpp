// SPDX-License-Identifier: BSD-3-Clause
// How a page looks, and its one script.
#include "report/html/style.h"

namespace air::report {

const char *const kHtmlStyle = R"css(
:root{color-scheme:light dark;--page:#fff;--panel:#f4f6f8;--ink:#1b232c;--soft:#55616d;--line:#d5dbe1;
--c0:#2a6fb0;--c1:#a55a14;--c2:#2f7d4f;--c3:#b83a3a;--c4:#7a52a8;--c5:#0f7480;--c6:#7d640f;--c7:#7c8894}
@media (prefers-color-scheme:dark){:root{--page:#12161b;--panel:#1b2127;--ink:#e6eaee;--soft:#9eaab5;--line:#343d46;
--c0:#64a5e6;--c1:#e39a55;--c2:#63bd87;--c3:#ef7b76;--c4:#b794e6;--c5:#4dbcc8;--c6:#d1b04c;--c7:#8a96a2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:74rem;padding:1.5rem 1.25rem 3rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:break-word}
h1,h2,h3{line-height:1.25;margin:0}
h1,h2{overflow-wrap:anywhere}
h1{font-size:1.9rem}
h2{font-size:1.35rem}
h3{font-size:1.1rem}
header p,footer p{margin:.2rem 0;color:var(--soft);overflow-wrap:anywhere}
a{color:var(--c0)}
article{border-top:3px solid var(--line);margin-top:3rem;padding-top:1.25rem}
section{margin-top:2.25rem}
section>h2,section>h3{border-bottom:1px solid var(--line);padding-bottom:.3rem;margin-bottom:.9rem}
nav ul,.legend{list-style:none;margin:.6rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
small,.i{color:var(--soft);font-size:.85em;font-weight:400}
.i{display:inline-block;min-width:1.6em;margin-right:.5em;text-align:right}
.note,.verdict{background:var(--panel);border-radius:.4rem;padding:.7rem 1rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.6rem;margin:1.25rem 0}
.tiles div{background:var(--panel);border-radius:.4rem;padding:.6rem .9rem}
.tiles dt{color:var(--soft);font-size:.85rem}
.tiles dd{margin:0;font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums}
.facts{margin:0}
.facts div{display:grid;grid-template-columns:10rem 1fr;gap:0 1rem;padding:.25rem 0;border-bottom:1px solid var(--line)}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.9rem 0}
.scroll:focus-visible,button:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.35rem}
th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--line);vertical-align:bottom;white-space:nowrap}
tbody th{font-weight:500;min-width:9rem;overflow-wrap:anywhere}tbody td.name{min-width:9rem;overflow-wrap:anywhere}
thead th:first-child,thead th.name{width:20%}
tbody tr:hover{background:var(--panel)}
tfoot td,tfoot th{font-weight:400;font-style:italic;border-bottom:0}
.n{text-align:right;white-space:nowrap}
.outputs th,.outputs td{padding-left:.4rem;padding-right:.4rem}.outputs .badge{white-space:normal}
th:first-child,td:first-child{padding-left:.2rem}
th button{all:unset;cursor:pointer;font-weight:600}
th button::after{content:" \2195";color:var(--soft);font-weight:400}
th[aria-sort=ascending] button::after{content:" \2191";color:var(--ink)}
th[aria-sort=descending] button::after{content:" \2193";color:var(--ink)}
.better{color:var(--c2)}
.worse,.bad{color:var(--c3)}
.same{color:var(--soft)}
.badge{display:inline-block;white-space:nowrap;border:1px solid currentColor;border-radius:.35rem;padding:0 .45em;font-size:.85em;font-weight:600}
.b0{color:var(--c0)}.b1{color:var(--c1)}.b2{color:var(--c2)}.b3{color:var(--c3)}.b4{color:var(--c4)}.b5{color:var(--c5)}
.b6{color:var(--c6)}.b7{color:var(--soft)}
figure{margin:0}
figcaption{color:var(--soft);font-size:.9rem}
.full{margin:.9rem 0}.full figcaption{margin-top:.4rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 2rem;margin:1.2rem 0;align-items:start}
section>figure .plot{max-width:34rem}
td{max-width:24rem}td.t{min-width:6.5rem}
td small,th small{display:block}.narrow{display:none}
svg{display:block}
.plot{width:100%;height:auto}
.strip{width:100%;height:2.2rem;border-radius:.3rem}
.strip rect{stroke:var(--page);stroke-width:.06}
.bar{width:100%;min-width:6rem;height:.75rem;margin:.4rem 0 .15rem}
.bar+.bar{margin-top:0}
.spark{width:9rem;height:1.5rem}
.key{display:inline-block;width:.8em;height:.8em;margin-right:.45em}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
.f6{fill:var(--c6)}.f7{fill:var(--c7)}
polyline{fill:none;stroke-width:1.2}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}
.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
.plot text{fill:var(--soft);font-size:11px}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1}
.mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:4 3;opacity:.75}
details>summary{cursor:pointer;color:var(--soft);padding:.5rem 0;overflow-wrap:anywhere}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.6rem;font-size:.85rem}
@media (max-width:44rem){body{padding:1rem .8rem 2rem}h1{font-size:1.5rem}.wide{display:none}.narrow{display:block}td.t{min-width:3.5rem}tbody th,tbody td.name{min-width:7rem}
.tiles{grid-template-columns:repeat(2,1fr)}.tiles dd{font-size:1.05rem}.facts div{grid-template-columns:1fr}
th,td{padding:.3rem .4rem}.bar{min-width:3.5rem}.spark{width:6rem}.plot text{font-size:13px}}
@media print{:root{color-scheme:light;--page:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#bbb}
body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}.tiles div{border:1px solid var(--line)}
nav,th button::after{display:none}figure,tr,.tiles,.facts div{break-inside:avoid}h2,h3{break-after:avoid}
table{font-size:8pt}th,td{padding:.15rem .35rem}article{break-before:page;border:0;margin:0}.bar{min-width:3rem;margin:.1rem 0}
.strip,.bar,.key,.spark,.badge{print-color-adjust:exact}}
)css";

const char *const kHtmlScript = R"js(
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column], number = cell.dataset.key;
    return number === undefined ? cell.textContent : Number(number);
  };
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
    : String(a).localeCompare(String(b), undefined, {numeric: true});
  heads.forEach((head, column) => {
    if (head.textContent === "" || body.querySelector(`tr > :nth-child(${column + 1}) > .spark`)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("n");
      const down = head.ariaSort ? head.ariaSort === "ascending" : numeric;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map(row => [key(row, column), row]);
      rows.sort((a, b) => (down ? -1 : 1) * order(a[0], b[0]));
      body.append(...rows.map(pair => pair[1]));
    });
  });
}
)js";

const char *const kHtmlScriptHash = "sha256-Dyn7nXYU+CL3JVONG+kwFgoP5MZGbC6Cfdj3ysRiC/0=";

}  // namespace air::report
