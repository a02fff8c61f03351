"""The ``candor`` command. Every error a person can cause ends in one sentence and exit status 2."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import CandorError
from bot.paths import CONTENT, ROOT
from bot.rasa_quiet import settle_environment

if TYPE_CHECKING:
    from bot.evaluation import Post, Prediction
    from bot.session import Session


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _build(arguments: argparse.Namespace) -> int:
    from bot.build import build_language

    build_language(_say)
    return 0


def _train(arguments: argparse.Namespace) -> int:
    from bot.build import train

    if arguments.compare:
        from bot.editing.comparison import train_and_compare

        print(train_and_compare(Path(arguments.compare), lambda: train(_say, arguments.force), _say))
        return 0
    if not train(_say, arguments.force):
        _say("The model is up to date.")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from bot.build import train
    from bot.clinic import load_clinic
    from bot.knowledge.loader import load_once
    from bot.paths import CLINIC
    from bot.serve import serve

    clinic = load_clinic(CLINIC)
    if clinic.country not in load_once(CONTENT).regions:
        _say(f"clinic.yml: no country, or none with numbers of its own ({clinic.country or 'unset'}): "
             "emergency cards name no number, only \"your local emergency number\" and findahelpline.com.")
    train(_say)
    serve(arguments.port, _say, arguments.host, arguments.public)
    return 0


def _write(path: str, text: str) -> None:
    target = Path(path)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CandorError(f"{target} cannot be written: {error.strerror}.") from None
    _say(f"{target}: written.")


def _lint(arguments: argparse.Namespace) -> int:
    from bot.knowledge.coverage import coverage_markdown
    from bot.knowledge.lint import lint
    from bot.knowledge.loader import load
    from bot.knowledge.reading import grade
    from bot.knowledge.review import review_sheet
    from bot.safety.table import check_against, load_table

    started = time.monotonic()
    content = Path(arguments.content)
    knowledge = load(content)
    findings = lint(knowledge, content, date.today())
    if content == CONTENT or (content / "red_flags.yml").exists():
        check_against(load_table(content), knowledge, content)
    for finding in findings:
        print(finding)
    statements = sum(len(card.statements()) for card in knowledge.cards.values())
    shares: dict[str, int] = {}
    for claim in knowledge.claims.values():
        shares[claim.verified] = shares.get(claim.verified, 0) + 1
    verified = ", ".join(f"{name} {count}" for name, count in sorted(shares.items(), reverse=True))
    print(f"{len(knowledge.cards)} cards, {statements} statements, {len(knowledge.claims)} claims (verified: {verified}), "
          f"{len(knowledge.sources)} sources, {len(knowledge.medicines.medicines)} medicines, {len(knowledge.regions)} regions; "
          f"{len(findings)} finding(s) in {time.monotonic() - started:.1f} s")
    grades = sorted(grade(card.short) for card in knowledge.cards.values())
    if grades:
        print(f"reading grade of the short answers (Flesch-Kincaid): lowest {grades[0]:.1f}, median {grades[len(grades) // 2]:.1f}, "
              f"highest {grades[-1]:.1f}")
    if arguments.grades:
        for card in sorted(knowledge.cards.values(), key=lambda card: -grade(card.short)):
            simple = f"{grade(card.simple):5.1f}" if card.simple else "    -"
            print(f"  {grade(card.short):5.1f} short  {simple} simple  {grade(card.more):5.1f} more  {card.id}")
    if not findings and arguments.report:
        _write(arguments.report, review_sheet(knowledge))
    if not findings and arguments.coverage:
        _write(arguments.coverage, coverage_markdown(knowledge))
    return 1 if findings else 0


def _review(arguments: argparse.Namespace) -> int:
    from bot.knowledge.review_command import run

    print(run(arguments, date.today()))
    return 0


def _counts(arguments: argparse.Namespace) -> int:
    from bot.clinic import load_clinic
    from bot.paths import CLINIC, COUNTS
    from bot.privacy.counts import SMALLEST, released, table

    if rows := released(COUNTS):
        print(table(rows))
    else:
        _say(f"Nothing has been released: a week is released a day after it ended, and only what {SMALLEST} conversations or more asked about.")
    if not load_clinic(CLINIC).counts:
        _say("Counting is off. To turn it on, set counts: true in clinic.yml.")
    return 0


def _staff(arguments: argparse.Namespace) -> int:
    from bot.staff.commands import run

    run(arguments, _say)
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    from bot.editing.commands import preview

    return preview(arguments, _say)


def _topic(arguments: argparse.Namespace) -> int:
    from bot.editing.commands import topic

    return topic(arguments)


async def _ask_one(message: str, as_json: bool) -> int:
    from bot.session import Session
    from bot.terminal import shown

    async with Session() as session:
        reply = await session.ask_fresh(message)
    print(json.dumps(reply.to_dict(), ensure_ascii=False, indent=1) if as_json else shown(reply, sys.stdout))
    return 0


def _read_lines() -> list[dict[str, Any]]:
    """All lines of a batch, checked before the model is loaded."""
    lines = []
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError:
            raise CandorError(f"Line {number} is not valid JSON.") from None
        if not isinstance(data, dict) or "id" not in data or not isinstance(data.get("message"), str):
            raise CandorError(f'Line {number} must be an object such as {{"id": 1, "message": "..."}}.')
        lines.append(data)
    return lines


async def _ask_batch(out: Any) -> int:
    from bot.front_door.errors import DoorError
    from bot.session import Session

    lines = _read_lines()
    async with Session() as session:
        for line in lines:
            try:
                answer = (await session.ask_fresh(line["message"])).to_dict()
            except DoorError as error:
                answer = error.to_dict()
            print(json.dumps({"id": line["id"], **answer}, ensure_ascii=False), file=out, flush=True)
    return 0


def _ask(arguments: argparse.Namespace) -> int:
    from bot.front_door.request import check_length
    from bot.serve import ACTION_PORT, action_server

    if arguments.jsonl:
        if arguments.message is not None:
            raise CandorError("With --jsonl the messages come from standard input, not from the command line.")
        # Nothing else may reach standard output, whatever a library prints while it loads.
        with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
            os.dup2(2, 1)
            with action_server(ACTION_PORT):
                return asyncio.run(_ask_batch(out))
    if arguments.message is None or not arguments.message.strip():
        raise CandorError("There is no question.", 'Write it in quotes: candor ask "could smoking be the reason?"')
    check_length(arguments.message)
    with action_server(ACTION_PORT):
        return asyncio.run(_ask_one(arguments.message, arguments.json))


async def _evaluate_files(files: list[str], keep: str | None) -> list[str]:
    from bot.evaluation import read_posts, report
    from bot.knowledge.loader import load_once
    from bot.session import Session

    sets = [(Path(file).name, read_posts(Path(file), set(load_once(CONTENT).topics))) for file in files]
    kept: list[Prediction] = []
    parts = []
    async with Session() as session:
        for name, posts in sets:
            predictions = await _predict(session, name, posts)
            kept += predictions
            parts.append(report(f"Understanding of {name}", posts, predictions, texts=not any(post.real for post in posts)))
    if keep:
        from bot.editing.comparison import write_predictions

        write_predictions(Path(keep), kept)
    return parts


async def _predict(session: Session, name: str, posts: list[Post]) -> list[Prediction]:
    from bot.evaluation import Prediction

    predictions = []
    for number, post in enumerate(posts, 1):
        if number % 100 == 0:
            _say(f"{name}: {number} of {len(posts)} posts ...")
        reply = await session.ask_fresh(post.message)
        understood = await session.understand(post.message)
        best = ", ".join(f"{intent.removeprefix('ask_')} {chance:.2f}" for intent, chance in understood.ranking[:3])
        named = f"; named {', '.join(understood.medicines)}" if understood.medicines else ""
        flagged = f"; red flag {reply.red_flag}" if reply.red_flag else ""
        predictions.append(Prediction(
            reply.outcome, reply.topics, f"{understood.intent} {understood.confidence:.2f}; best {best}{named}{flagged}"))
    return predictions


def _evaluate_safety(arguments: argparse.Namespace) -> int:
    from bot.paths import ENCODER, SAFETY_LAYER
    from bot.safety.check import load_check
    from bot.safety.evaluation import INTRODUCTION, read_messages, report
    from bot.safety.table import load_table_once

    table = load_table_once(CONTENT)
    sets = [(path, read_messages(Path(path), table)) for path in arguments.safety]
    check = load_check(CONTENT, SAFETY_LAYER, ENCODER)
    text = "\n".join(report(f"{Path(path).name} ({len(messages)} messages)", messages, check, table, arguments.show) for path, messages in sets)
    print(text)
    if arguments.out:
        _write(arguments.out, f"# How well red flags are caught\n\n{INTRODUCTION}\n{text}")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    if arguments.safety:
        return _evaluate_safety(arguments)
    if not arguments.files and not arguments.cross_validate:
        raise CandorError("There is nothing to evaluate.", "Name a file of posts, or give --cross-validate.")
    from bot.serve import ACTION_PORT, action_server

    parts = []
    if arguments.files:
        with action_server(ACTION_PORT):
            parts += asyncio.run(_evaluate_files(arguments.files, arguments.predictions))
    if arguments.cross_validate:
        from bot.cross_validation import cross_validate

        parts.append(cross_validate(_say))
    text = "\n".join(parts)
    print(text)
    if arguments.out:
        _write(arguments.out, "# How well it understands\n\nMade by `candor evaluate`; do not edit.\n\n" + text)
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    from bot.bench import Options, bench
    from bot.bench.report import markdown

    options = Options(
        posts=Path(arguments.file), data=Path(arguments.data) if arguments.data else None, shots=arguments.shots, limit=arguments.limit,
        public_shots=arguments.public_shots, only=tuple(arguments.only or ()), quick=arguments.quick)
    raw = arguments.raw or ("benchmarks/results.json" if arguments.out else None)
    for name in filter(None, (arguments.out, raw)):
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CandorError(f"{Path(name).parent} cannot be made: {error.strerror}.") from None

    def keep(figures: dict[str, Any]) -> None:
        if raw:
            Path(raw).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")

    figures = bench(options, _say, keep)
    plot = Path(arguments.out).with_suffix(".png") if arguments.out and figures["understanding"] else None
    text = markdown(figures, plot.name if plot else "")
    print(text)
    if plot:
        from bot.bench.plot import draw

        draw(figures, plot)
    if arguments.out:
        _write(arguments.out, text)
    return 0


def _widget(arguments: argparse.Namespace) -> int:
    if arguments.measure:
        from bot.web.measure import measure

        text = measure(arguments.measure.rstrip("/"), Path(arguments.pictures) if arguments.pictures else None, _say)
        print(text)
        if arguments.out:
            _write(arguments.out, text)
        return 0
    if not arguments.check:
        raise CandorError("There is nothing to do.", "Give --check with a page's address or file, or --measure with the address of a running chat.")
    from bot.clinic import load_clinic
    from bot.paths import CLINIC
    from bot.web.host_page import findings, read_page

    website = load_clinic(CLINIC).website
    found = findings(read_page(arguments.check), website.address, website.allowed_sites)
    for finding in found:
        print(f"- {finding}")
    print(f"{arguments.check}: {len(found)} finding(s)" if found else f"{arguments.check}: nothing keeps the chat from being shown")
    return 1 if found else 0


def _sheet(arguments: argparse.Namespace) -> int:
    from bot.conversation import sheet
    from bot.conversation.staff_sheet import listing, state_of
    from bot.knowledge.loader import load_once

    knowledge = load_once(CONTENT)
    if arguments.list:
        print(listing(knowledge))
        return 0
    state = state_of(knowledge, arguments.answer or [], arguments.medicine or [], arguments.topic or [], arguments.partner)
    if arguments.html:
        _write(arguments.html, sheet.page_of(knowledge, state))
    else:
        print(sheet.text_of(knowledge, state))
    return 0


async def _chat_loop() -> int:
    from bot.session import Session
    from bot.terminal import shown

    _say("Loading ...")
    async with Session() as session:
        assert session.door is not None
        token, reply = await session.door.open()
        while True:
            print(f"\n{shown(reply, sys.stdout)}\n")
            for number, choice in enumerate(reply.choices, 1):
                print(f"  {number}. {choice.label}")
            try:
                said = await asyncio.to_thread(input, "\nYou (a number picks a choice, Ctrl+D ends): ")
            except EOFError:
                print()
                return 0
            if not said.strip():
                continue
            try:
                if said.strip().isdigit() and 1 <= int(said) <= len(reply.choices):
                    reply = await session.door.choose(token, reply.choices[int(said) - 1].id)
                else:
                    reply = await session.door.message(token, said)
            except CandorError as error:
                _say(str(error))


def _chat(arguments: argparse.Namespace) -> int:
    from bot.serve import ACTION_PORT, action_server

    with action_server(ACTION_PORT):
        return asyncio.run(_chat_loop())


def _channel(arguments: argparse.Namespace) -> int:
    from bot.channels.command import run

    text, status = run(arguments.action)
    print(text)
    return status


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="candor", description="An anonymous assistant that answers from reviewed, cited cards only.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, function: Any, help_text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_text, description=help_text)
        made.set_defaults(function=function)
        return made

    run = add("run", _run, "build and train what is out of date, then serve the website and chat on loopback")
    run.add_argument("--port", type=int, default=5005, help="port (default 5005)")
    run.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to bind (default 127.0.0.1, this machine only)")
    run.add_argument("--public", action="store_true", help="bind another address than loopback; needs website: allowed_sites in clinic.yml")
    add("chat", _chat, "talk to the assistant in the terminal")
    page = add("sheet", _sheet, "make the sheet for an appointment from answers of the guided check; nothing is kept")
    page.add_argument("--answer", action="append", metavar="QUESTION=ANSWER", help="an answer of the guided check (climax=dry); may be repeated")
    page.add_argument("--medicine", action="append", metavar="NAME", help="a medicine by a name of the medicine list; may be repeated")
    page.add_argument("--topic", action="append", metavar="TOPIC", help="a topic that was talked about, such as having_children; may be repeated")
    page.add_argument("--partner", action="store_true", help="worded for a partner")
    page.add_argument("--html", metavar="FILE", help="write a page to print there instead of printing text")
    page.add_argument("--list", action="store_true", help="list the questions and the ids of their answers")
    ask = add("ask", _ask, "answer one question, or a batch from standard input")
    ask.add_argument("message", nargs="?", help="the question")
    ask.add_argument("--json", action="store_true", help="print the whole answer object")
    ask.add_argument("--jsonl", action="store_true", help='read lines {"id", "message"} and write lines {"id", answer...}')
    add("build", _build, "build the sentence encoder and the spaCy pipeline")
    train = add("train", _train, "build what is missing and train the model if anything changed")
    train.add_argument("--force", action="store_true", help="train even if nothing changed")
    train.add_argument("--compare", nargs="?", const="tests/understanding/posts.jsonl", metavar="FILE",
                       help="evaluate before and after on labelled posts (default: the development posts) and show what got better and worse")
    evaluate = add("evaluate", _evaluate, "measure understanding on labelled posts")
    evaluate.add_argument("files", nargs="*", metavar="FILE",
                          help='lines {"message", "topics": [primary, ...], "kind": "in_scope", "off_topic" or "smalltalk"}')
    evaluate.add_argument("--safety", nargs="+", metavar="FILE", help='measure the red-flag check: lines {"message", "flags": ["RF-01", ...]}')
    evaluate.add_argument("--show", action="store_true", help="with --safety: also print the messages that were missed or raised wrongly")
    evaluate.add_argument("--cross-validate", action="store_true", help="also measure on held-out folds of the training examples")
    evaluate.add_argument("--predictions", metavar="FILE", help="also write what was answered, a line a post: outcome and topic ids")
    evaluate.add_argument("--out", metavar="FILE", help="also write the report there (Markdown)")
    channel = add("channel", _channel, "messaging apps: which of them start, secrets, and Telegram's webhook")
    actions = channel.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="which channels are on, and what keeps one from starting (then exit status 1)")
    actions.add_parser("secret", help="make up a secret that you choose yourself, such as CANDOR_TELEGRAM_SECRET")
    telegram = actions.add_parser("telegram", help="tell Telegram where this server is")
    steps = telegram.add_subparsers(dest="action", required=True, metavar="STEP")
    steps.add_parser("set-webhook", help="send messages to this server from now on, and nowhere else")
    steps.add_parser("remove-webhook", help="send nothing any more")
    bench = add("bench", _bench, "compare accuracy, speed and memory with stock Rasa, on the same data and over HTTP (takes an hour or more)")
    bench.add_argument("file", nargs="?", default="tests/understanding/posts.jsonl", help="posts to send over HTTP (default: the development posts)")
    bench.add_argument("--data", metavar="DIR", help="folder with banking77, clinc150 and hwu64, to compare on these too")
    bench.add_argument("--shots", type=int, default=20, metavar="N", help="own training examples an intent, the same for every pipeline (default 20)")
    bench.add_argument("--public-shots", type=int, default=10, metavar="N", help="training examples an intent of the public benchmarks (default 10)")
    bench.add_argument("--limit", type=int, default=2000, metavar="N", help="most test messages a data set (default 2000)")
    bench.add_argument("--only", action="append", metavar="NAME", choices=("own", "banking77", "clinc150", "hwu64", "http"),
                       help="measure only this: own, banking77, clinc150, hwu64 or http; may be repeated")
    bench.add_argument("--quick", action="store_true", help="try the command: few examples, epochs and messages; the figures mean nothing")
    bench.add_argument("--out", metavar="FILE", help="also write the report there (Markdown), and a plot next to it")
    bench.add_argument("--raw", metavar="FILE", help="also write the figures there (JSON; default benchmarks/results.json with --out)")
    widget = add("widget", _widget, "check a page that shall show the chat, or measure the chat in a browser")
    widget.add_argument("--check", metavar="URL-OR-FILE", help="say what on this page keeps the chat from being shown")
    widget.add_argument("--measure", metavar="URL", help="measure the running chat there: size, requests, storage, policies, accessibility, speed "
                                                        "(needs what `make install-dev` installs)")
    widget.add_argument("--pictures", metavar="DIR", help="with --measure: also write pictures of the chat there")
    widget.add_argument("--out", metavar="FILE", help="with --measure: also write the report there (Markdown)")
    lint = add("lint", _lint, "check the content: cites, numbers, copied words, doses, lengths, reviews")
    lint.add_argument("--content", default=str(CONTENT), help="the content folder")
    lint.add_argument("--report", nargs="?", const="build/review.html", metavar="FILE",
                      help="also write the review sheet for clinicians (default build/review.html)")
    lint.add_argument("--coverage", nargs="?", const="docs/coverage.md", metavar="FILE",
                      help="also write what became of the source articles' claims (default docs/coverage.md)")
    lint.add_argument("--grades", action="store_true", help="also list the reading grade of every card")
    from bot.editing import commands as editing
    from bot.knowledge import review_command
    from bot.staff import commands as staff

    review_command.add_arguments(add("review", _review, "where the review of the cards stands; assign, comment, approve, take back"))
    staff.add_arguments(add("staff", _staff, "export the staff site as static files, or make the hash of its password"))
    editing.add_preview_arguments(add("preview", _preview, "show a card live, with the linter's findings beside it"))
    editing.add_topic_arguments(add("topic", _topic, "start a topic, or check what it still lacks"))
    add("counts", _counts, "show how many conversations asked about a topic, by closed week, in steps of 5, none below 11")
    return top


def main() -> int:
    """Entry point of the console script.

    Returns:
        0 when all went well, 1 when the linter or the check of a page has findings, 2 for an error a person can cause, 130 when interrupted.
    """
    settle_environment()
    os.chdir(ROOT)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    arguments = parser().parse_args()
    try:
        return int(arguments.function(arguments))
    except CandorError as error:
        _say(f"candor: {error}")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
