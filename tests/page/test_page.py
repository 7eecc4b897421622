# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a browser makes of the page of an audit: content, console, look, and what it takes to read it."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import audit_sample as sample
import pytest

from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_page import audit_page

TITLE = "<title>Who may use which model, 2026-06-01T08:30:00Z</title>"

# Every text against what it stands on, as WCAG 2.1 reckons it; 4.5 is its level AA.
CONTRAST = """
  const numbers = (text) => {
    const found = text.match(/[0-9.]+/g).map(Number);
    return text.startsWith("color(") ? [...found.slice(0, 3).map((one) => one * 255), found[3] ?? 1]
      : [...found.slice(0, 3), found[3] ?? 1];
  };
  const over = (top, low) => top.slice(0, 3).map((one, index) => one * top[3] + low[index] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(numbers(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((low, top) => over(top, low), [255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((one) => one / 255).map((one) =>
      one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const poor = [];
  let number = 0;
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data.trim()).join("");
    if (!text || element.closest("script")) continue;
    const low = ground(element);
    const [a, b] = [light(over(numbers(getComputedStyle(element).color), low)), light(low)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    number += 1;
    if (ratio < 4.5) poor.push([element.className || element.tagName, text.slice(0, 30), ratio.toFixed(2)]);
  }
  return {number, poor};
"""

FIND = """
  const query = document.getElementById("query");
  const shown = () => [...document.querySelectorAll("tr.row")].filter((one) => one.checkVisibility()).length;
  const write = (text) => { query.value = text; query.dispatchEvent(new Event("input")); return shown(); };
  const marked = document.getElementById("marked");
  const all = shown();
  const found = {all, ana: write("ana@example.com"), told: document.getElementById("found").textContent};
  found.rows = [...document.querySelectorAll("tr.row")].filter((one) => one.checkVisibility())
    .every((one) => /ana@example.com/i.test(one.textContent));
  found.model = write("shadow/model");
  found.nothing = write("no such thing anywhere");
  found.back = write("");
  marked.click();
  found.marked = shown();
  return found;
"""

NAMES = """
  const unnamed = [...document.querySelectorAll("table")].filter((one) => !one.caption?.textContent.trim()).length;
  const cells = [...document.querySelectorAll("tbody tr")].filter((one) =>
    !one.querySelector("th, td[colspan]")).length;
  const landmarks = ["header", "nav[aria-label]", "main", "footer"].filter((one) => !document.querySelector(one));
  const sections = [...document.querySelectorAll("section")].filter((one) =>
    !document.getElementById(one.getAttribute("aria-labelledby"))?.textContent.trim()).length;
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((one) => Number(one.tagName[1]));
  const skipped = levels.filter((one, index) => one > (levels[index - 1] ?? 0) + 1).length;
  const labels = [...document.querySelectorAll("input")].filter((one) => !one.labels.length).length;
  const focus = [...document.querySelectorAll("a, summary, input, .scroll")].filter((one) => {
    if (!one.checkVisibility()) return false;
    one.focus({focusVisible: true});
    return document.activeElement !== one || getComputedStyle(one).outlineStyle === "none";
  }).length;
  return {active: document.hasFocus(), unnamed, cells, landmarks, sections, skipped, labels, focus, wide:
    document.documentElement.scrollWidth - document.documentElement.clientWidth};
"""


@pytest.fixture(scope="module")
def page():
    """A page of four clusters: one drifts, one does not, one is partly readable, one does not answer."""
    return audit_page(sample.document(), "audit-20260601T083000Z.json", "ab" * 32)


def test_texts_of_a_server_stay_texts_and_the_console_stays_empty(browser, page):
    seen = browser.see(page)
    assert seen.console == []
    assert TITLE in seen.dom
    assert (seen.dom.count("<script"), seen.dom.count("<img")) == (1, 0)
    assert "&lt;script&gt;document.title='taken over'&lt;/script&gt;" in seen.dom
    # The page's own script ran: it shows the field that is of no use without it.
    assert '<div class="filter" id="filter" role="search">' in seen.dom


class _Requests(BaseHTTPRequestHandler):
    """Notes who asks."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_arguments):
        """Say nothing."""


def test_what_got_into_the_page_all_the_same_would_neither_run_nor_fetch(browser, page):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Requests)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    injected = (
        f"<script>document.title='taken over'</script><script src='{place}/script'></script>"
        f"<img src='{place}/image' onerror=\"document.title='taken over'\"><link rel='stylesheet' href='{place}/style'>"
        f"<iframe src='{place}/frame'></iframe><p style='color: red'></p>"
    )
    let_in = page.replace("<main", injected + "<main")
    try:
        seen = browser.see(let_in)
        assert TITLE in seen.dom
        assert server.asked == []
        assert len([line for line in seen.console if "Content Security Policy" in line]) >= 5, seen.console
        # The same without the policy, to see that the test would tell.
        start = let_in.index("<meta http-equiv")
        free = browser.see(let_in[:start] + let_in[let_in.index(">", start) + 1 :])
        assert "<title>taken over</title>" in free.dom
        assert {"/script", "/image", "/style", "/frame"} <= set(server.asked)
    finally:
        server.shutdown()
        server.server_close()


def test_rows_are_found(browser, page):
    found = browser.run(page, FIND)
    assert found["all"] == found["back"] > found["ana"] > 3
    assert found["told"] == f"{found['ana']} rows" and found["rows"]
    assert found["nothing"] == 0
    assert 0 < found["model"] < found["all"]
    assert 0 < found["marked"] < found["all"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(browser, page, dark):
    found = browser.run(page, CONTRAST, dark=dark)
    assert found["number"] > 200
    assert found["poor"] == []


#: So often a window is opened until it has the focus.
TRIES = 5


@pytest.mark.parametrize("width", [1280, 500])
def test_parts_have_names_focus_can_be_seen_and_nothing_sticks_out(browser, page, width):
    nothing = dict.fromkeys(("unnamed", "cells", "sections", "skipped", "labels", "focus", "wide"), 0)
    for _try in range(TRIES):
        found = browser.run(page, NAMES, width=width)
        # No browser shows what has the focus in a window that has not got it itself.
        if found["active"]:
            break
    assert found == {**nothing, "active": True, "landmarks": []}


def test_how_it_looks(browser, page):
    light, dark = browser.picture(page), browser.picture(page, dark=True)
    for lines, bright in ((light, True), (dark, False)):
        colours = Counter(line[place : place + 3] for line in lines for place in range(0, len(line), 3))
        assert len(colours) > 50, "the picture is blank, or almost"
        most = colours.most_common(1)[0][0]
        assert (min(most) > 200) if bright else (max(most) < 60)
        # Something is written from the top to the bottom.
        quarters = [lines[number : number + len(lines) // 4] for number in range(0, len(lines) - 3, len(lines) // 4)]
        assert all(len(set(quarter)) > 20 for quarter in quarters)
