// The JSON door. The token is handed in each time and kept nowhere else; nothing here logs or stores.
import type { Message, Reply } from "./contract";

/** The server refused, with its own sentence. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** Longest wait for an answer, in milliseconds; the server itself gives up after ten seconds. */
const PATIENCE = 20_000;

async function post<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
  const patience = new AbortController();
  const stop = () => patience.abort();
  const timer = setTimeout(stop, PATIENCE);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: patience.signal,
    });
    const data = await response.json();
    if (!response.ok) throw new Refused(data.error.code, data.error.message);
    return data;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

export const open = (signal: AbortSignal) => post<{ conversation: string; reply: Reply }>("/chat/new", {}, signal);

export const say = (conversation: string, message: Message, signal: AbortSignal) =>
  post<Reply>("/chat", { conversation, ...message }, signal);

/** What would be sent to the team of a text; with `seen` it is sent. */
export const question = (conversation: string, text: string, seen: boolean, signal: AbortSignal) =>
  post<object>("/chat/question", { conversation, text, seen }, signal);

/** Tells the server to forget; true when it said that it did. */
export async function forget(conversation: string): Promise<boolean> {
  try {
    await post("/chat/forget", { conversation }, new AbortController().signal);
    return true;
  } catch {
    return false;
  }
}

/** The same while the page goes away: nobody waits for the answer. */
export function forgetByBeacon(conversation: string): void {
  navigator.sendBeacon("/chat/forget", JSON.stringify({ conversation }));
}
