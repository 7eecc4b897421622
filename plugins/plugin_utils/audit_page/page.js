/* Copyright (c) 2026, orkes.conductor contributors
   GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
(function () {
  const query = document.getElementById("query");
  const marked = document.getElementById("marked");
  const found = document.getElementById("found");
  const bodies = Array.from(document.querySelectorAll("tbody"), (body) => {
    const head = body.querySelector("tr.head");
    return {
      body,
      head: head ? head.textContent.toLowerCase() : "",
      headMarked: Boolean(head && head.classList.contains("marked")),
      rows: Array.from(body.querySelectorAll("tr.row"), (row) => ({
        row,
        text: row.textContent.toLowerCase(),
        marked: row.classList.contains("marked"),
      })),
    };
  });
  const details = Array.from(document.querySelectorAll("main details"));
  const opened = details.map((one) => one.open);
  function look() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const idle = !words.length && !marked.checked;
    let number = 0;
    for (const one of bodies) {
      let shown = 0;
      for (const { row, text, marked: isMarked } of one.rows) {
        const hit = words.every((word) => text.includes(word) || one.head.includes(word));
        const show = idle || (hit && (!marked.checked || isMarked || one.headMarked));
        row.hidden = !show;
        shown += show ? 1 : 0;
      }
      one.body.hidden = !idle && !shown;
      number += shown;
    }
    details.forEach((one, index) => {
      one.open = idle ? opened[index] : Boolean(one.querySelector("tbody:not([hidden])"));
    });
    found.textContent = idle ? "" : number === 1 ? "1 row" : number + " rows";
  }
  query.addEventListener("input", look);
  marked.addEventListener("change", look);
  window.addEventListener("beforeprint", () => details.forEach((one) => { one.open = true; }));
  document.getElementById("filter").hidden = false;
})();
