// Leaving at once: nothing is left on the page, and Back does not come here again.

/** Covers the page, blanks its title and replaces it in the history. Inside a host page the loader does it for the whole page. */
export function leave(exit: string): void {
  const cover = document.createElement("div");
  cover.className = "cover";
  document.body.replaceChildren(cover);
  document.title = "\u200b";
  if (window.parent !== window) window.parent.postMessage({ candor: "leave" }, "*");
  else window.location.replace(exit);
}

const PRESSES = 3;
const WITHIN = 5_000;

/**
 * Calls back when Shift alone is pressed three times, each within five seconds of the last. A Shift used with another key does not
 * count, and any other key starts again: the rule of the GOV.UK component "Exit this page".
 */
export function onThreeShifts(done: () => void, progress: (left: number | null) => void): void {
  let presses = 0;
  let alone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reset = () => {
    clearTimeout(timer);
    if (presses) progress(null);
    presses = 0;
  };
  document.addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) reset();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    clearTimeout(timer);
    presses += 1;
    if (presses === PRESSES) {
      presses = 0;
      done();
    } else {
      progress(PRESSES - presses);
      timer = setTimeout(reset, WITHIN);
    }
  });
}
