// The box for the question.
import { h } from "preact";
import { words } from "./words";

interface Props {
  text: string;
  most: number;
  busy: boolean;
  idle: boolean;
  setText: (text: string) => void;
  send: (text: string) => void;
  clear: () => void;
}

const number = (value: number) => value.toLocaleString("en-GB");

/** Characters as the server counts them. */
export const lengthOf = (text: string) => [...text].length;

export function Composer({ text, most, busy, idle, setText, send, clear }: Props) {
  const used = lengthOf(text);
  const over = used - most;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy && over <= 0 && text.trim()) send(text.trim());
    document.getElementById("message")!.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return (
    <form class="composer" onSubmit={submit} autocomplete="off">
      {idle && <p class="idle" role="alert">{words.idle} <button type="button">{words.keep}</button></p>}
      <p id="too-long" class="too-long" role="alert">{over > 0 && words.tooLong(number(over), number(most))}</p>
      <div class="above">
        <label for="message">{words.question}</label>
        <button type="button" class="quiet" onClick={clear}>{words.clear}</button>
      </div>
      <div class="row">
        <textarea id="message" rows={1} placeholder={words.placeholder} autocomplete="off" enterkeyhint="send"
          aria-invalid={over > 0} aria-describedby="too-long count" value={text}
          onInput={(event) => setText(event.currentTarget.value)} onKeyDown={onKeyDown} />
        <button type="submit" aria-disabled={busy || over > 0}>{words.send}</button>
      </div>
      <p class="foot">{words.program} <span id="count">{used > most * 0.8 && words.count(number(used), number(most))}</span></p>
    </form>
  );
}
