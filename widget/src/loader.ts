// The one script of a clinic's page: a launcher, and the chat in a frame of its own origin. It reads nothing of the page it stands on.

/** Filled in by the server when it serves this file. */
declare const CANDOR: { launcher: string; title: string; exit: string; colour: string };

const STYLE = `
:host { all: initial; color-scheme: light; }
button { position: fixed; z-index: 2147483646; inset-block-end: max(16px, env(safe-area-inset-bottom)); inset-inline-end: 16px; min-height: 48px;
  padding: 12px 20px; border: 2px solid #fff; border-radius: 999px; background: ${CANDOR.colour}; color: #fff; font: 600 16px/1.3 system-ui, sans-serif;
  box-shadow: 0 2px 12px #0005; cursor: pointer; }
button:focus-visible { outline: 3px solid ${CANDOR.colour}; outline-offset: 3px; }
iframe { position: fixed; z-index: 2147483647; inset-block-end: 16px; inset-inline-end: 16px; inline-size: min(416px, calc(100vw - 32px));
  block-size: min(720px, calc(100dvh - 32px)); border: 1px solid #0003; border-radius: 16px; background: #fff; box-shadow: 0 8px 40px #0004; }
[hidden] { display: none; }
div { position: fixed; inset: 0; z-index: 2147483647; background: #fff; }
@media (max-width: 560px), (max-height: 480px) { iframe { inset: 0; inline-size: 100%; block-size: 100%; border: 0; border-radius: 0; } }`;

const script = document.currentScript as HTMLScriptElement;

class CandorChat extends HTMLElement {
  private ready = false;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    const root = this.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const launcher = document.createElement("button");
    launcher.type = "button";
    launcher.textContent = CANDOR.launcher;
    launcher.setAttribute("aria-expanded", "false");
    root.append(launcher);

    let frame: HTMLIFrameElement | undefined;
    const show = () => {
      if (!frame) {
        // Nothing is fetched before somebody opens the chat. Without allow-same-origin the frame cannot store anything.
        frame = document.createElement("iframe");
        frame.title = CANDOR.title;
        frame.setAttribute("sandbox", "allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox");
        frame.allow = "clipboard-write *";
        frame.referrerPolicy = "no-referrer";
        frame.src = new URL("/widget", script.src).href;
        root.append(frame);
      }
      frame.hidden = false;
      launcher.hidden = true;
      launcher.setAttribute("aria-expanded", "true");
      frame.focus();
    };
    const close = () => {
      if (!frame || frame.hidden) return;
      frame.hidden = true;
      launcher.hidden = false;
      launcher.setAttribute("aria-expanded", "false");
      launcher.focus();
    };
    const leave = () => {
      root.replaceChildren(document.createElement("div"));
      document.title = "\u200b";
      window.location.replace(CANDOR.exit);
    };
    launcher.addEventListener("click", show);
    this.addEventListener("keydown", (event) => event.key === "Escape" && close());
    // The frame's origin is opaque, so only its window tells who speaks.
    window.addEventListener("message", ({ source, data }) => {
      if (!frame || source !== frame.contentWindow) return;
      if (data?.candor === "leave") leave();
      if (data?.candor === "close") close();
    });
    // A page that comes back from the back/forward cache starts anew.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      close();
      frame?.remove();
      frame = undefined;
    });
  }
}

if (!customElements.get("candor-chat")) customElements.define("candor-chat", CandorChat);
if (!document.querySelector("candor-chat")) {
  const add = () => document.body.append(document.createElement("candor-chat"));
  if (document.body) add();
  else document.addEventListener("DOMContentLoaded", add);
}
