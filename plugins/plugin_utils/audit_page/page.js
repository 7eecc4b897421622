/* Copyright (c) 2026, orkes.conductor contributors
   GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
(function () {
  const query = document.getElementById("query");
  const marked = document.getElementById("marked");
  const found = document.getElementById("found");
  const bodies = Array.from(document.querySelectorAll("tbody"), (body) => {
    const heads = Array.from(body.querySelectorAll("tr.head"), (head) => ({
      head,
      text: head.textContent.toLowerCase(),
      marked: head.classList.contains("marked"),
    }));
    return {
      body,
      heads,
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
    const holds = (texts) => words.every((word) => texts.some((text) => text.includes(word)));
    for (const one of bodies) {
      // A model that holds one of the words, or all models where a row holds them by itself.
      const named = one.heads.filter((head) => words.some((word) => head.text.includes(word)));
      const heads = named.length ? named : one.heads;
      let shown = 0;
      for (const row of one.rows) {
        const hit = idle || one.heads.length === 0
          ? holds([row.text])
          : heads.some((head) => holds([row.text, head.text]) && (!marked.checked || row.marked || head.marked));
        row.row.hidden = !(hit && (idle || one.heads.length || !marked.checked || row.marked));
        shown += row.row.hidden ? 0 : 1;
      }
      for (const head of one.heads) {
        head.head.hidden = !idle && !heads.includes(head);
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
