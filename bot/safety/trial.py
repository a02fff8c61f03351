"""Shows what the rules of flags do on their own examples: ``python -m bot.safety.trial RF-01 RF-02``. For whoever edits a rule."""

from __future__ import annotations

import sys
import time

from bot.cross_validation import read_examples
from bot.language.unknown_words import english_words
from bot.paths import CONTENT
from bot.safety.rules import Rules
from bot.safety.table import load_table


def main(wanted: list[str]) -> int:
    """Prints missed exemplars, counter-examples that fire, and the training examples that fire."""
    table = load_table(CONTENT)
    rules = Rules(table, english_words())
    for flag in table.flags:
        if wanted and flag.id not in wanted:
            continue
        missed = [text for text in flag.exemplars if flag.id not in rules.read(text)[0]]
        elsewhere = [text for text in missed if rules.read(text)[0]]
        fired = [(other.id, text) for other in table.flags for text in other.counter_examples if flag.id in rules.read(text)[0]]
        print(f"\n== {flag.id} {flag.name}: {len(flag.exemplars) - len(missed)} of {len(flag.exemplars)} exemplars found "
              f"({len(elsewhere)} of the missed raise another flag); {len(fired)} counter-examples fire")
        for text in missed:
            print("  MISSED", text)
        for other_id, text in fired:
            print("  FIRED ", other_id, text)
    started = time.perf_counter()
    examples = read_examples()
    count: dict[str, list[str]] = {}
    for text, intent, _ in examples:
        for flag_id in rules.read(text)[0]:
            count.setdefault(flag_id, []).append(f"{intent}: {text}")
    print(f"\n{1000 * (time.perf_counter() - started) / len(examples):.2f} ms a training example")
    for flag_id, texts in sorted(count.items()):
        if not wanted or flag_id in wanted:
            print(f"== {flag_id} fires on {len(texts)} of {len(examples)} training examples")
            for text in texts[:40]:
                print("  ", text[:220])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
