// One conversation in memory: what stands in the log, and what is being waited for. Nothing of it outlives the page.
import type { Choice, Message, Reply } from "./contract";
import { Refused, forget, forgetByBeacon, open, say } from "./server";
import { words } from "./words";

export interface Mine {
  kind: "mine";
  key: number;
  text: string;
  message: Message;
  failed: string | null;
}

export type Item = Mine | { kind: "reply"; key: number; reply: Reply } | { kind: "note"; key: number; text: string };

/** How long the person has been waiting: not at all, a moment, over 3 seconds, over 10 seconds. */
export type Wait = 0 | 1 | 2 | 3;

const SLOW = 3_000;
const VERY_SLOW = 10_000;

type Change = (conversation: Conversation) => void;

export class Conversation {
  items: readonly Item[] = [];
  wait: Wait = 0;
  /** What the server offers before anything was asked. */
  offers: readonly Choice[] = [];
  private token: string | null = null;
  private opening: Promise<string> | null = null;
  private inFlight = new AbortController();
  private pending = 0;
  private keys = 0;

  constructor(private readonly changed: Change) {}

  /** Opens a conversation on the server, so that what it offers can be shown. A failure shows when something is sent. */
  async start(): Promise<void> {
    await this.opened().catch(() => undefined);
  }

  /** Sends a message or a choice; a second one while the first is under way is ignored, unless it cannot wait. */
  async send(message: Message, text: string, urgent = false): Promise<void> {
    if (this.wait && !urgent) return;
    const mine: Mine = { kind: "mine", key: ++this.keys, text, message, failed: null };
    this.add(mine);
    await this.deliver(mine);
  }

  /** Sends a failed message again. */
  async resend(mine: Mine): Promise<void> {
    if (this.wait) return;
    const again = { ...mine, key: ++this.keys, failed: null };
    this.items = [...this.items.filter((item) => item !== mine), again];
    await this.deliver(again);
  }

  /** Takes a failed message out of the log, to be changed in the box. */
  withdraw(mine: Mine): void {
    this.items = this.items.filter((item) => item !== mine);
    this.changed(this);
  }

  /** Drops everything at once; the server is told by a beacon. */
  wipe(): void {
    const token = this.drop();
    if (token) forgetByBeacon(token);
    this.changed(this);
  }

  /** Drops everything and tells the server; true when it confirmed, or when there was nothing to tell. */
  async clear(): Promise<boolean> {
    const token = this.drop();
    this.changed(this);
    return token ? forget(token) : true;
  }

  note(text: string): void {
    this.add({ kind: "note", key: ++this.keys, text });
  }

  private drop(): string | null {
    this.inFlight.abort();
    this.inFlight = new AbortController();
    const { token } = this;
    Object.assign(this, { items: [], wait: 0, pending: 0, offers: [], token: null, opening: null });
    return token;
  }

  private opened(): Promise<string> {
    if (!this.opening) {
      const { signal } = this.inFlight;
      this.opening = open(signal).then(({ conversation, reply }) => {
        if (signal.aborted) {
          forgetByBeacon(conversation);
          throw new DOMException("", "AbortError");
        }
        this.token = conversation;
        this.offers = reply.choices;
        this.changed(this);
        return conversation;
      });
      const { opening } = this;
      opening.catch(() => {
        if (this.opening === opening) this.opening = null;
      });
    }
    return this.opening;
  }

  private async deliver(mine: Mine): Promise<void> {
    const { signal } = this.inFlight;
    const timers = [setTimeout(() => this.waiting(2), SLOW), setTimeout(() => this.waiting(3), VERY_SLOW)];
    this.pending += 1;
    this.waiting(1);
    try {
      const reply = await this.ask(mine.message, signal);
      if (signal.aborted) return;
      this.answered();
      this.add({ kind: "reply", key: ++this.keys, reply });
    } catch (error) {
      if (signal.aborted) return;
      this.answered();
      const failed = error instanceof Refused ? error.message : navigator.onLine ? words.unreachable : words.offline;
      this.items = this.items.map((item) => (item.key === mine.key ? { ...mine, failed } : item));
      this.changed(this);
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  /** A conversation that the server has ended is opened anew, once, and the person is told. */
  private async ask(message: Message, signal: AbortSignal): Promise<Reply> {
    try {
      return await say(await this.opened(), message, signal);
    } catch (error) {
      if (!(error instanceof Refused && error.code === "unknown_conversation") || signal.aborted) throw error;
      this.token = this.opening = null;
      const token = await this.opened();
      this.note(words.ended);
      return say(token, message, signal);
    }
  }

  private waiting(wait: Wait): void {
    if (wait > 1 && !this.wait) return;
    this.wait = wait;
    this.changed(this);
  }

  private answered(): void {
    this.pending -= 1;
    if (!this.pending) this.wait = 0;
  }

  private add(item: Item): void {
    this.items = [...this.items, item];
    this.changed(this);
  }
}
