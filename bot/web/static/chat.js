// The plain chat page. Everything shown is set as text, never as HTML; the token lives in this variable only.
"use strict";
(() => {
  const log = document.getElementById("log");
  const form = document.getElementById("form");
  const box = document.getElementById("message");
  let conversation = null;
  let busy = false;

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
    });
    const data = await response.json();
    if (!response.ok) throw Object.assign(new Error(data.error.message), { code: data.error.code });
    return data;
  };

  const show = (node) => {
    log.append(node);
    node.scrollIntoView({ block: "start", behavior: "auto" });
  };

  const showMine = (text) => show(element("div", text, "turn mine"));

  const numbers = (reply) => {
    if (!reply.numbers.length) return [];
    const list = element("ul", "", "numbers");
    for (const number of reply.numbers) {
      const link = element("a", `Call ${number}`);
      link.href = `tel:${number.replace(/[^+\d]/g, "")}`;
      const item = element("li");
      item.append(link);
      list.append(item);
    }
    return [list];
  };

  // The level stands in words in the text; the numbers are links that a phone can dial.
  const showCare = (reply, turn) => {
    turn.classList.add("care", `care-${reply.care}`);
    const [card, ...rest] = reply.text.split("\n\n");
    const [title, ...lines] = card.split("\n");
    turn.append(element("h2", title), ...numbers(reply));
    turn.append(element("p", lines.join("\n")), ...rest.map((part) => element("p", part)));
  };

  const showReply = (reply) => {
    const turn = element("div", "", "turn");
    if (reply.outcome === "care") {
      showCare(reply, turn);
    } else if (reply.blocks.length) {
      // The reply's text is complete by itself; what stands before its first block is the opening.
      const opening = reply.text.split("\n\n")[0];
      if (opening !== reply.blocks[0].text && !opening.startsWith(reply.blocks[0].title)) turn.append(element("p", opening), ...numbers(reply));
      for (const block of reply.blocks) {
        if (block.title) turn.append(element("h2", block.title));
        turn.append(element("p", block.text));
        if (block.image) {
          const picture = element("img", "", "picture");
          picture.alt = block.image.alt;
          picture.src = block.image.url;
          turn.append(picture);
        }
      }
      const next = element("p", "", "next");
      next.append(element("strong", "Next step: "), reply.next_step);
      turn.append(next);
    } else {
      turn.append(element("p", reply.text), ...numbers(reply));
    }
    if (reply.sources.length) {
      const details = element("details");
      details.append(element("summary", `Sources (${reply.sources.length})`));
      const list = element("ul");
      for (const source of reply.sources) {
        const item = element("li");
        const link = element("a", source.title);
        link.href = /^https?:/.test(source.url) ? source.url : "#";
        link.rel = "noreferrer noopener";
        link.target = "_blank";
        item.append(link, ` ${source.publisher}${source.year ? ", " + source.year : ""}`);
        list.append(item);
      }
      details.append(list);
      turn.append(details);
    }
    if (reply.review.status === "draft" && reply.blocks.length && reply.outcome !== "care") turn.append(element("p", "Draft: no clinician has reviewed this answer yet.", "small"));
    if (reply.choices.length) {
      const list = element("ul", "", "choices");
      for (const choice of reply.choices) {
        const item = element("li");
        const button = element("button", choice.label);
        button.type = "button";
        button.addEventListener("click", () => send({ choice: choice.id }, choice.label));
        item.append(button);
        list.append(item);
      }
      turn.append(list);
    }
    show(turn);
  };

  const start = async () => {
    const opened = await post("/chat/new", {});
    conversation = opened.conversation;
    showReply(opened.reply);
  };

  const send = async (what, label) => {
    if (busy) return;
    busy = true;
    showMine(label);
    try {
      if (!conversation) await start();
      showReply(await post("/chat", { conversation, ...what }));
      if (what.message) box.value = "";
    } catch (error) {
      if (error.code === "unknown_conversation") conversation = null;
      show(element("p", error.code ? error.message : "I could not reach the server. Your text is still in the box: please send it again.", "turn"));
    } finally {
      busy = false;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text) send({ message: text }, text);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  document.getElementById("forget").addEventListener("click", async () => {
    const token = conversation;
    conversation = null;
    log.replaceChildren();
    box.value = "";
    try {
      if (token) await post("/chat/forget", { conversation: token });
      await start();
    } catch {
      show(element("p", "This page is cleared. The server could not be reached; it forgets by itself after 30 minutes.", "turn"));
    }
  });
  window.addEventListener("pagehide", () => {
    if (conversation) navigator.sendBeacon("/chat/forget", JSON.stringify({ conversation }));
    conversation = null;
    log.replaceChildren();
    box.value = "";
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) start().catch(() => {}); });
  start().catch(() => show(element("p", "The assistant cannot be reached right now. If it is urgent, call your local emergency number.", "turn")));
})();
