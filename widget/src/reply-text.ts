// Takes a reply's plain text apart for showing. The text is complete by itself; blocks only say which parts of it belong together.
import type { Block, Reply } from "./contract";

/** Lines that stand together: a paragraph, a line that leads a list, or the list. */
export type Piece = { kind: "paragraph" | "heading"; text: string } | { kind: "list"; items: string[] };

/** A reply in reading order. */
export type Part = { kind: "block"; block: Block } | { kind: "text" | "next" | "small"; text: string } | { kind: "sources" };

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  for (const line of text.split("\n")) {
    const last = found.at(-1);
    if (line.startsWith("- ")) {
      if (last?.kind === "list") last.items.push(line.slice(2));
      else found.push({ kind: "list", items: [line.slice(2)] });
    } else if (line.trim()) {
      found.push({ kind: line.endsWith(":") ? "heading" : "paragraph", text: line });
    }
  }
  return found;
}

/** A short beginning that names what follows, such as "Help to quit: ...", apart from the rest. */
export function leadIn(text: string): [string, string] {
  const match = /^([^.:?!]{3,60}:) (.+)$/s.exec(text);
  return match ? [match[1]!, ` ${match[2]}`] : ["", text];
}

const paragraphs = (text: string) => text.split("\n\n").map((part) => part.trim()).filter(Boolean);

/** The parts of a reply; when a block does not stand in the text, the whole text, so that nothing is ever lost. */
export function parts(reply: Reply): Part[] {
  const found: Part[] = [];
  let rest = reply.text;
  for (const block of reply.blocks) {
    const at = rest.indexOf(block.text);
    if (at < 0) return plain(reply, reply.text);
    let before = rest.slice(0, at).trimEnd();
    if (block.title && before.endsWith(block.title)) before = before.slice(0, -block.title.length);
    found.push(...plain(reply, before), { kind: "block", block });
    rest = rest.slice(at + block.text.length);
  }
  return [...found, ...plain(reply, rest)];
}

function plain(reply: Reply, text: string): Part[] {
  const all = paragraphs(text);
  const draft = reply.review.status === "draft" && reply.blocks.length > 0;
  return all.map((part, index): Part => {
    if (reply.sources[0] && part.includes("\n[1] ")) return { kind: "sources" };
    if (reply.outcome !== "care" && reply.next_step && part.endsWith(reply.next_step)) return { kind: "next", text: part };
    return { kind: draft && index > 0 && index === all.length - 1 ? "small" : "text", text: part };
  });
}

/** A stretch of text, a telephone number or an address of the web. */
export type Span = string | { call: string } | { url: string };

/** Finds the numbers and web addresses in a text, so that they can be tapped. */
export function spans(text: string, numbers: readonly string[]): Span[] {
  const escaped = [...numbers].sort((a, b) => b.length - a.length).map((number) => number.replace(/[^\d\s]/g, "\\$&"));
  const dialled = escaped.length ? `(?<![\\d])(?:${escaped.join("|")})(?![\\d])` : "(?!)";
  const pattern = new RegExp(`(${dialled})|(https://[^\\s<>"]*[^\\s<>".,;:!?)])`, "g");
  const found: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) found.push(text.slice(end, match.index));
    found.push(match[1] ? { call: match[1] } : { url: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(text.slice(end));
  return found;
}
