// Text of the server as nodes: whatever it holds, it is shown as text.
import { Fragment, h } from "preact";
import { leadIn, pieces, spans } from "./reply-text";
import { words } from "./words";

export const dial = (number: string) => `tel:${number.replace(/[^+\d]/g, "")}`;

/** Only addresses of the web become links. */
const isWeb = (url: string) => /^https?:\/\//i.test(url);

export function Outside({ url, children }: { url: string; children: string }) {
  if (!isWeb(url)) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">
      {children}
      <span class="hidden"> {words.newTab}</span>
    </a>
  );
}

function Spans({ text, numbers }: { text: string; numbers: readonly string[] }) {
  return (
    <>
      {spans(text, numbers).map((span) => {
        if (typeof span === "string") return span;
        return "call" in span ? <a class="call" href={dial(span.call)}>{span.call}</a> : <Outside url={span.url}>{span.url}</Outside>;
      })}
    </>
  );
}

export function Text({ text, numbers = [] }: { text: string; numbers?: readonly string[] }) {
  return (
    <>
      {pieces(text).map((piece) => {
        if (piece.kind === "list") return <ul>{piece.items.map((item) => <li><Spans text={item} numbers={numbers} /></li>)}</ul>;
        if (piece.kind === "heading") return <p class="lead">{piece.text}</p>;
        const [lead, rest] = leadIn(piece.text);
        return <p>{lead && <b>{lead}</b>}<Spans text={rest} numbers={numbers} /></p>;
      })}
    </>
  );
}
