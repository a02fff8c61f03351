// One reply of the server: answer, care card, question back or plain words, all from the same contract.
import { h } from "preact";
import type { Block, Choice, Message, Reply, Review, Source } from "./contract";
import { parts, type Part } from "./reply-text";
import { Outside, Text, dial } from "./text";
import { words } from "./words";

type Send = (message: Message, text: string) => void;

const day = (iso: string) => new Date(`${iso}T12:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

/** "Help now" is at the top of the page already, always. */
export const HELP_NOW = "help_now";

export function Choices({ choices, send }: { choices: readonly Choice[]; send: Send }) {
  const shown = choices.filter((choice) => choice.id !== HELP_NOW);
  if (!shown.length) return null;
  return (
    <ul class="choices" aria-label={words.choices}>
      {shown.map((choice) => (
        <li><button type="button" onClick={() => send({ choice: choice.id }, choice.label)}>{choice.label}</button></li>
      ))}
    </ul>
  );
}

function Sources({ sources }: { sources: readonly Source[] }) {
  return (
    <details class="sources">
      <summary>{words.sources} ({sources.length})</summary>
      <ol>
        {sources.map((source) => (
          <li>
            <Outside url={source.url}>{source.title}</Outside>
            <small>{source.publisher}{source.year ? `, ${source.year}` : ""} · {words.checked} {day(source.checked)}</small>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Numbers({ numbers }: { numbers: readonly string[] }) {
  return (
    <ul class="numbers">
      {numbers.map((number) => <li><a href={dial(number)}>{words.call} {number}</a></li>)}
    </ul>
  );
}

/** The text without a line that only repeats the button above it. */
const alone = (text: string, numbers: readonly string[]) => text.replace(/^Call (.+)\.$/m, (line, number) => (numbers.includes(number) ? "" : line));

/** The level stands in words at the head of the card's text; the first number is what to do first. */
function CareCard({ block, level, numbers }: { block: Block; level: string; numbers: readonly string[] }) {
  const [title, ...lines] = block.text.split("\n");
  const text = lines.join("\n");
  const own = numbers.filter((number) => text.includes(number));
  return (
    <section class={`care care-${level}`}>
      <h3>{title}</h3>
      <div>
        <Numbers numbers={level === "emergency" ? own : own.slice(0, 1)} />
        <Text text={alone(text, numbers)} numbers={numbers} />
      </div>
    </section>
  );
}

function Answer({ block, titled, numbers }: { block: Block; titled: boolean; numbers: readonly string[] }) {
  return (
    <section>
      {titled && block.title && <h3>{block.title}</h3>}
      <Text text={block.text} numbers={numbers} />
      {block.image && (
        <figure>
          <img src={block.image.url} alt={block.image.alt} />
          <figcaption>{block.image.title}</figcaption>
        </figure>
      )}
    </section>
  );
}

function Reviewed({ review }: { review: Review }) {
  if (!review.reviewed) return null;
  return <p class="small">{words.reviewed} {day(review.reviewed)}{review.due && `, ${words.due} ${day(review.due)}`}.</p>;
}

function copy(text: string): Promise<boolean> {
  const byHand = () => {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    const back = document.activeElement as HTMLElement | null;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    back?.focus();
    return done;
  };
  return navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, byHand) : Promise.resolve(byHand());
}

function Tools({ text, tell }: { text: string; tell: (text: string) => void }) {
  const onCopy = async () => tell((await copy(text)) ? words.copied : words.copyFailed);
  const onPrint = (event: Event) => {
    const article = (event.currentTarget as Element).closest("article")!;
    article.classList.add("printing");
    window.print();
    article.classList.remove("printing");
  };
  return (
    <div class="tools">
      <button type="button" onClick={onCopy}>{words.copy}</button>
      <button type="button" onClick={onPrint}>{words.print}</button>
    </div>
  );
}

/** A long answer is shown from its start. */
const toStart = (article: Element | null) => article?.scrollIntoView({ block: "start" });

export function ReplyView({ reply, send, tell }: { reply: Reply; send: Send; tell: (text: string) => void }) {
  const isCare = (block: Block) => reply.outcome === "care" && !reply.topics.includes(block.topic);
  const titled = reply.blocks.length > 1 || reply.outcome === "answer";
  const cards = reply.blocks.filter(isCare);
  // Numbers that no card shows lead the reply: a crisis line that stays, a note in front of an answer.
  const loose = cards.length ? [] : reply.numbers;
  const show = (part: Part) => {
    switch (part.kind) {
      case "block":
        return isCare(part.block)
          ? <CareCard block={part.block} level={part.block === cards[0] ? reply.care : "more"} numbers={reply.numbers} />
          : <Answer block={part.block} titled={titled} numbers={reply.numbers} />;
      case "sources":
        return <Sources sources={reply.sources} />;
      default:
        return <div class={part.kind}><Text text={part.text} numbers={reply.numbers} /></div>;
    }
  };
  return (
    <article class={reply.outcome} ref={toStart}>
      <span class="hidden">{words.answered}</span>
      {loose.length > 0 && <Numbers numbers={loose} />}
      {parts(reply).map(show)}
      <Reviewed review={reply.review} />
      {reply.blocks.length > 0 && <Tools text={reply.text} tell={tell} />}
      <Choices choices={reply.choices} send={send} />
    </article>
  );
}
