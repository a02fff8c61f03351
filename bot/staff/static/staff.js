// The staff site: search, filters, variants and copying. Everything shown was written into the page by the server.
"use strict";
(() => {
  const status = document.getElementById("status");
  const say = (text) => { if (status) status.textContent = text; };

  // Copying. The event way also works on an intranet without HTTPS and from a folder, where the clipboard interface is missing.
  const copy = async (plain, html) => {
    if (navigator.clipboard && window.ClipboardItem && window.isSecureContext) {
      const parts = { "text/plain": new Blob([plain], { type: "text/plain" }) };
      if (html) parts["text/html"] = new Blob([html], { type: "text/html" });
      try {
        await navigator.clipboard.write([new ClipboardItem(parts)]);
        return true;
      } catch { /* refused: the other way may still work */ }
    }
    let done = false;
    const fill = (event) => {
      event.clipboardData.setData("text/plain", plain);
      if (html) event.clipboardData.setData("text/html", html);
      event.preventDefault();
      done = true;
    };
    document.addEventListener("copy", fill, { once: true });
    document.execCommand("copy");
    document.removeEventListener("copy", fill);
    return done;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const around = button.closest("li, .variant");
    const kind = button.dataset.copy;
    const plain = around.querySelector(`template.${kind === "email" ? "email" : "plain"}`).content.textContent;
    const html = kind === "rich" ? around.querySelector(".rich").innerHTML : "";
    const done = await copy(plain, html);
    say(done ? "Copied." : "The browser did not let me copy. Select the text and press Ctrl+C.");
    const before = button.firstChild.data;
    if (done && before !== "Copied") {
      button.firstChild.data = "Copied";
      setTimeout(() => { button.firstChild.data = before; }, 2000);
    }
  });
  for (const hidden of document.querySelectorAll("button.copy[hidden], .actions[hidden], .choose[hidden], .find[hidden], .filters[hidden]")) hidden.hidden = false;
  for (const button of document.querySelectorAll("button.print")) button.addEventListener("click", () => window.print());

  // Variants of an answer: one at a time.
  const asker = document.getElementById("asker");
  if (asker) {
    const cause = document.getElementById("cause");
    const pick = () => {
      for (const variant of document.querySelectorAll(".variant")) {
        variant.hidden = variant.dataset.asker !== asker.value || variant.dataset.cause !== (cause ? cause.value : "");
      }
    };
    for (const select of [asker, cause]) if (select) select.addEventListener("change", pick);
    pick();
  }

  // Search and filters.
  const box = document.getElementById("q");
  if (!box) return;
  const found = document.getElementById("found");
  const groups = document.getElementById("groups");
  const lists = [...groups.querySelectorAll("ul.answers")].map((list) => ({ list, items: [...list.children] }));
  const items = new Map(lists.flatMap(({ items: all }) => all.map((item) => [item.dataset.id, item])));
  const filters = [...document.querySelectorAll(".filters input")];

  // Words that stand in every question count little; "no", "not", "nothing" and "out" do say something of the topic.
  const EMPTY = new Set(("a about after all am an and any are as at be been but by can could did do does for from get had has have he her him his how i if im in is "
    + "it its just me my of on or our she should so than that the their them there they this to us was we were what when where which who why will with would you "
    + "your").split(" "));
  const index = new MiniSearch({
    fields: ["title", "question", "names", "said", "text"],
    processTerm: (term) => term.toLowerCase().replace(/['\u2019]/g, ""),
    searchOptions: {
      boost: { title: 4, question: 3, names: 4, said: 4, text: 1 },
      boostTerm: (word) => (EMPTY.has(word) ? 0.3 : 1),
      prefix: (word) => word.length > 3,
      fuzzy: (word) => (word.length > 4 ? 0.25 : false),
    },
  });
  index.addAll(window.candorAnswers);
  const MOST = 8;
  const search = (text) => index.search(text.slice(0, 200)).map((hit) => hit.id);
  window.candorSearch = search;

  const passes = (item) => filters.every((filter) => !filter.checked || item.dataset.marks.split(" ").includes(filter.value));
  const close = (item) => { item.querySelector("details").open = false; };

  const show = () => {
    const text = box.value.trim();
    const filtered = filters.some((filter) => filter.checked);
    for (const item of items.values()) close(item);
    if (!text) {
      for (const { list, items: all } of lists) list.replaceChildren(...all);
      for (const item of items.values()) item.hidden = !passes(item);
      for (const { list } of lists) list.parentElement.hidden = ![...list.children].some((item) => !item.hidden);
      const shown = [...items.values()].filter((item) => !item.hidden).length;
      say(filtered ? `${shown} of ${items.size} answers.` : `${items.size} answers.`);
    } else {
      const hits = search(text).map((id) => items.get(id)).filter(passes).slice(0, MOST);
      for (const item of hits) item.hidden = false;
      found.querySelector("ol").replaceChildren(...hits);
      if (hits.length) hits[0].querySelector("details").open = true;
      say(hits.length ? `${hits.length} answers, the likeliest first.` : "Nothing found. Try other words, or ask as a patient would.");
    }
    found.hidden = !text;
    groups.hidden = Boolean(text);
  };

  box.addEventListener("input", show);
  for (const filter of filters) filter.addEventListener("change", show);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = found.querySelector("button.copy");
    if (first) first.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(?:INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      box.focus();
      box.select();
    }
    if (event.key === "Escape" && box.value) {
      box.value = "";
      show();
      box.focus();
    }
  });
  box.focus();
  show();
})();
