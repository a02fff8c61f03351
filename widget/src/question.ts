// The page on which a question may be left for the team: first what would be sent is shown, then it is sent or dropped.
import type { Reply } from "./contract";
import { forgetByBeacon, forget, open, Refused, question } from "./server";

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const write = at<HTMLFormElement>("write"), seen = at<HTMLFormElement>("seen");
const text = at<HTMLTextAreaElement>("text"), shown = at<HTMLTextAreaElement>("shown");
const said = at("said");
let conversation: string | null = null;

function tell(words: string): void {
  said.textContent = words;
}

function show(form: HTMLFormElement | null): void {
  write.hidden = form !== write;
  seen.hidden = form !== seen;
}

function reset(words: string): void {
  text.value = shown.value = "";
  if (conversation) forget(conversation);
  conversation = null;
  show(write);
  tell(words);
}

/** One call; a care card takes the place of whatever was wanted. */
async function send(body: string, sure: boolean): Promise<void> {
  const signal = new AbortController().signal;
  try {
    conversation ??= (await open(signal)).conversation;
    const answer: { preview?: string; notice?: string; sent?: boolean; reply?: Reply } = await question(conversation, body, sure, signal);
    if (answer.reply) {
      show(null);
      tell(answer.reply.text);
    } else if (answer.sent) {
      reset("Sent. Thank you.");
    } else {
      shown.value = answer.preview ?? "";
      at("notice").textContent = answer.notice ?? "";
      show(seen);
      tell("");
      shown.focus();
    }
  } catch (error) {
    if (error instanceof Refused && error.code === "not_as_shown") await send(body, false);
    else tell(error instanceof Refused ? error.message : "That did not work. Nothing was sent. Please try again.");
  }
}

write.addEventListener("submit", (event) => { event.preventDefault(); send(text.value, false); });
seen.addEventListener("submit", (event) => { event.preventDefault(); send(shown.value, true); });
at("drop").addEventListener("click", () => reset("Nothing was sent."));
addEventListener("pagehide", () => { if (conversation) forgetByBeacon(conversation); text.value = shown.value = ""; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
show(write);
