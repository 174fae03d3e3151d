"""Speaks Claude Code's stream-json and does what the instruction's last line names."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import misbehave  # type: ignore[import-not-found]


def say(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


options = dict(arg.partition("=")[::2] for arg in sys.argv[1:] if "=" in arg)
if "--version" in sys.argv:
    print(f"{options.get('--as-version', '2.1.100')} (Claude Code)")
    sys.exit()
assert {"--setting-sources=", "--strict-mcp-config"} <= set(sys.argv)
if options.get("--resume") == "forgotten":
    sys.exit("No conversation found with session ID: forgotten")
session = options.get("--resume") or options["--session-id"]
prompt = json.loads(sys.stdin.readline())["message"]["content"][0]["text"]
word = prompt.strip().splitlines()[-1]
version = options.get("--as-version", "2.1.100")
transcript = Path.home() / ".claude" / "projects" / "tree" / f"{session}.jsonl"
transcript.parent.mkdir(parents=True, exist_ok=True)
transcript.touch()
counter = transcript.with_suffix(".total")
total = 0.25
if "--resume" in options and version >= "2.1.277":  # from then on it goes on counting where the conversation ended
    total += float(counter.read_text())
counter.write_text(str(total))
say(type="system", subtype="init", session_id=session, model=options.get("--model", ""), claude_code_version=version)


def result(subtype: str = "success", *, is_error: bool = False, text: str = "All done.") -> None:
    say(
        type="result",
        subtype=subtype,
        is_error=is_error,
        result=text,
        session_id=session,
        total_cost_usd=total,
        num_turns=1,
    )


def obey_interrupts() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("type") == "control_request" and not word.startswith("ignores"):
            say(type="control_response", response={"subtype": "success", "request_id": request["request_id"]})
            result("error_during_execution", is_error=True, text="")
            sys.stdout.flush()
            misbehave.os._exit(0)


use = {"type": "tool_use", "name": "Edit", "input": {"file_path": misbehave.os.getcwd() + "/index.html"}}
say(type="assistant", message={"content": [{"type": "text", "text": "Looking around"}, use]})
if word == "api_failure":
    result(is_error=True, text="API Error: 529 overloaded")
elif word == "spends_too_much":
    total += 5.0
    result("error_max_budget_usd", is_error=True, text="")
elif word == "asks":
    result(text="I need to know more.\nQUESTION: Which page?")
elif word in ("asks_by_tool", "asks_and_goes_on"):
    ask = {"type": "tool_use", "name": "AskUserQuestion", "input": {"questions": [{"question": "Which page?"}]}}
    say(type="assistant", message={"content": [ask]})
    if word == "asks_and_goes_on":  # as the real one does where the tool is refused
        say(type="assistant", message={"content": [{"type": "text", "text": "I took the first."}]})
    result()
else:
    if word != "closes_stdin":
        threading.Thread(target=obey_interrupts, daemon=True).start()
    misbehave.run(word)
    if word in ("prints_no_line_end", "prints_binary_noise"):
        print()
    result(text=f"All done. {options.get('--resume', '')} {options.get('--max-budget-usd', '')}")
