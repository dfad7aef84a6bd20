"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Search by typing: what has a `data-name` without the typed words goes out of sight.
  for (const find of all(".find[data-for]")) {
    const input = find.querySelector("input");
    const said = find.querySelector("[role=status]");
    const entries = all(`[data-list="${find.dataset.for}"] [data-name]`);
    find.hidden = false;
    const look = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const entry of entries) {
        const name = entry.dataset.name.toLowerCase();
        entry.hidden = !words.every((word) => name.includes(word));
        shown += entry.hidden || !("counts" in entry.dataset) ? 0 : 1;
      }
      said.textContent = words.length === 0 ? "" : shown === 1 ? "1 fits" : `${shown} fit`;
    };
    input.addEventListener("input", look);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { input.value = ""; look(); }
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    const input = document.querySelector(".find:not([hidden]) input");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && input) { event.preventDefault(); input.focus(); }
  });

  // A link into what is folded unfolds it.
  const unfold = () => {
    const id = location.hash.slice(1);
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.hidden = false;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // On paper nothing is folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
})();
