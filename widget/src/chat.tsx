// The chat page: joins the page that the server wrote with the conversation.
import { Fragment, h, render, type VNode } from "preact";
import { Composer } from "./composer";
import type { Message } from "./contract";
import { Conversation, type Item, type Mine } from "./conversation";
import { watchIdle } from "./idle";
import { leave, onThreeShifts } from "./leave";
import { Choices, HELP_NOW, ReplyView } from "./reply";
import { words } from "./words";

const find = (id: string) => document.getElementById(id)!;
const settings = document.body.dataset as Record<"exit" | "most" | "forgets" | "idle", string>;
const embedded = window.parent !== window;

let text = "";
let status = "";
let idle = false;
let telling: ReturnType<typeof setTimeout> | undefined;

const conversation = new Conversation(draw);
const send = (message: Message, label: string) => void conversation.send(message, label);

function setText(value: string): void {
  text = value;
  draw();
}

/** Says something short, on screen and to a screen reader. */
function tell(value: string): void {
  clearTimeout(telling);
  status = value;
  if (value) telling = setTimeout(tell, 6_000, "");
  draw();
}

function NotAnswered({ mine }: { mine: Mine }) {
  const edit = () => {
    conversation.withdraw(mine);
    setText(mine.text);
    find("message").focus();
  };
  return (
    <div class="failed">
      <p><b>{words.notSent}</b> {mine.failed}</p>
      <button type="button" onClick={() => void conversation.resend(mine)}>{words.again}</button>
      {"message" in mine.message && <button type="button" onClick={edit}>{words.edit}</button>}
    </div>
  );
}

/** A turn is made once and never touched again, so that a screen reader is told of each addition once. */
const shown = new WeakMap<Item, VNode>();

function turn(item: Item): VNode {
  let made = shown.get(item);
  if (!made) {
    made = (
      <li key={item.key} class={`turn ${item.kind}`}>
        {item.kind === "reply" && <ReplyView reply={item.reply} send={send} tell={tell} />}
        {item.kind === "note" && <p>{item.text}</p>}
        {item.kind === "mine" && <p class="bubble"><span class="hidden">{words.youSaid} </span>{item.text}</p>}
        {item.kind === "mine" && item.failed !== null && <NotAnswered mine={item} />}
      </li>
    );
    shown.set(item, made);
  }
  return made;
}

function Log() {
  return (
    <>
      <div role="log" aria-label={words.log}>
        <ul class="log">{conversation.items.map(turn)}</ul>
      </div>
      <p class="waiting" role="status">
        {conversation.wait > 0 && <><span class="dots" aria-hidden="true"><i /><i /><i /></span>{words.waiting[conversation.wait]}</>}
      </p>
      <p class="status" role="status">{status}</p>
    </>
  );
}

function draw(): void {
  // Common questions stand on the page already; what else the server offers first is shown below them.
  const offers = conversation.offers.filter((choice) => !document.querySelector(`[data-choice="${CSS.escape(choice.id)}"]`));
  render(<Choices choices={offers} send={send} />, find("offers"));
  render(<Log />, find("chat"));
  render(
    <Composer text={text} most={Number(settings.most)} busy={conversation.wait > 0} idle={idle} setText={setText} clear={clear}
      send={(message) => {
        setText("");
        send({ message }, message);
      }} />,
    find("composer"),
  );
}

/** Forgets everything on the page. */
function wipe(): void {
  text = status = "";
  idle = false;
  conversation.wipe();
  document.querySelectorAll("details").forEach((details) => { details.open = false; });
  find("main").scrollTop = 0;
}

async function clear(): Promise<void> {
  text = "";
  const told = await Promise.all([conversation.clear(), find("message").focus()]);
  find("main").scrollTop = 0;
  tell(told[0] ? words.cleared : words.clearedHere(settings.forgets));
  await conversation.start();
}

function leaveNow(): void {
  wipe();
  leave(settings.exit);
}

find("leave").addEventListener("click", (event) => {
  event.preventDefault();
  leaveNow();
});
onThreeShifts(leaveNow, (left) => tell(left === null ? "" : words.shift(left)));

find("help-now").hidden = false;
find("help-now").addEventListener("click", () => void conversation.send({ choice: HELP_NOW }, find("help-now").textContent!, true));
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLElement>("[data-choice]");
  if (!link) return;
  event.preventDefault();
  send({ choice: link.dataset["choice"]! }, link.textContent!);
});

if (embedded) {
  const close = () => window.parent.postMessage({ candor: "close" }, "*");
  find("close").hidden = false;
  find("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

watchIdle(
  Number(settings.idle) * 60_000,
  () => {
    idle = conversation.items.length > 0 || text !== "";
    draw();
  },
  () => {
    idle = false;
    draw();
  },
  () => {
    const something = conversation.items.length > 0 || text !== "";
    wipe();
    if (something) conversation.note(words.idleEnded);
  },
);

// What the browser keeps for Back is an empty page.
window.addEventListener("pagehide", wipe);
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  wipe();
  void conversation.start();
});

draw();
void conversation.start();
