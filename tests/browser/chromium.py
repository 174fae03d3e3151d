"""A headless Chromium, spoken to in the DevTools protocol over a pipe. Source: the Chrome DevTools Protocol, `--remote-debugging-pipe`.

A thread reads the pipe, so that tests with event loops of their own share one browser.
"""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from tests.eventually import eventually

#: An answer of a browser on a machine that is busy with other things.
_ANSWER_SECONDS: Final = 60.0
_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--mute-audio",
    "--in-process-gpu",
    "--disable-features=IsolateSandboxedIframes",  # a frame of another process is not in a screenshot
    "--font-render-hinting=none",
)

#: Chromium reads commands from file 3 and answers on file 4.
_BECOME: Final = (
    "import fcntl, os, sys; ours, theirs = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]); "
    "os.dup2(ours, 3); os.dup2(theirs, 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def program() -> str | None:
    """Debian's Chromium, or another one in the path."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Chromium:
    """One browser; each `tab` is a person of its own, with cookies of its own."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="hermes-chromium-")
        ours, self._commands = os.pipe()
        self._answers, theirs = os.pipe()
        found = program()
        assert found is not None
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                "-c",
                _BECOME,
                str(ours),
                str(theirs),
                found,
                *_FLAGS,
                f"--user-data-dir={self._home.name}",
            ],
            pass_fds=(ours, theirs),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(ours)
        os.close(theirs)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, concurrent.futures.Future[dict[str, Any]]] = {}
        self.listeners: dict[str, Tab] = {}
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._commands)
        self._reader.join(20)
        with contextlib.suppress(OSError):
            self._home.cleanup()

    async def send(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command; its result."""
        number = next(self._numbers)
        answer: concurrent.futures.Future[dict[str, Any]] = concurrent.futures.Future()
        self._waiting[number] = answer
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        with self._sending:
            while data:
                data = data[os.write(self._commands, data) :]
        async with asyncio.timeout(_ANSWER_SECONDS):
            found = await asyncio.wrap_future(answer)
        if "error" in found:
            raise AssertionError(f"{method}: {found['error']}")
        result: dict[str, Any] = found.get("result", {})
        return result

    @contextlib.asynccontextmanager
    async def tab(self, *, width: int = 1440, height: int = 900, dark: bool = False) -> AsyncIterator[Tab]:
        """A new tab of a new person."""
        context = (await self.send("Target.createBrowserContext"))["browserContextId"]
        target = (await self.send("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = Tab(self, session)
        self.listeners[session] = tab
        try:
            for domain in ("Page", "Runtime", "Log", "Network"):
                await tab.send(f"{domain}.enable")
            await tab.resize(width, height, dark=dark)
            yield tab
        finally:
            self.listeners.pop(session, None)
            await self.send("Target.disposeBrowserContext", browserContextId=context)

    def _read(self) -> None:
        kept = b""
        with os.fdopen(self._answers, "rb", buffering=0) as stream:
            while piece := stream.read(1 << 20):
                *whole, kept = (kept + piece).split(b"\0")
                for one in whole:
                    message = json.loads(one)
                    if "id" in message:
                        with contextlib.suppress(concurrent.futures.InvalidStateError):  # nobody waits for it any more
                            self._waiting.pop(message["id"]).set_result(message)
                    elif (tab := self.listeners.get(message.get("sessionId", ""))) is not None:
                        tab.hear(message["method"], message["params"])
        for answer in [one for one in self._waiting.values() if not one.done()]:
            answer.set_exception(AssertionError("Chromium is gone"))


class Tab:
    """One tab."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session
        self._screen = (1440, 900, False)
        self.complaints: list[str] = []
        """Errors of scripts, refusals of the Content-Security-Policy, failed loads; dialogs too: nothing opens one but an attack."""

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command about this tab."""
        return await self._browser.send(method, session=self._session, **parameters)

    async def resize(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Another screen."""
        self._screen = (width, height, dark)
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme])

    async def go(self, url: str) -> None:
        """Load a page."""
        await self.run("window.left = true")
        await self.send("Page.navigate", url=url)
        await self.settled()

    @staticmethod
    def base(url: str) -> str:
        """Scheme, host and port of an address."""
        return "/".join(url.split("/")[:3])

    async def settled(self) -> None:
        """Until the page that is being loaded is there."""
        await self.until("!window.left && document.readyState === 'complete'")

    async def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        found = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait for an expression to be true."""

        async def look() -> Any:
            try:
                return await self.run(script)
            except AssertionError:
                return None  # the page is being replaced

        return await eventually(look)

    async def text(self, selector: str = "body") -> str:
        """What somebody reads there."""
        found: str = await self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return found

    async def shows(self, words: str) -> None:
        """Wait for words on the page, also where scripts are off."""

        async def look() -> bool:
            try:
                root = (await self.send("DOM.getDocument", depth=0))["root"]["nodeId"]
                return words in (await self.send("DOM.getOuterHTML", nodeId=root))["outerHTML"]
            except AssertionError:
                return False  # the page is being replaced

        await eventually(look)

    async def click(self, words: str, selector: str = "a, button, summary") -> None:
        """Click what is called so, and wait for the page that it leads to."""
        script = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find((one) => one.innerText.trim().startsWith({json.dumps(words)}))"
        )
        await self.until(f"!!{script}")
        await self.run(f"window.left = true, {script}.click()")
        await self.settled()

    async def fill(self, **values: str) -> None:
        """Write into fields, by their names."""
        for name, value in values.items():
            await self.run(
                f"(() => {{ const field = document.querySelector('[name={name}]:not([type=hidden])');"
                f"field.value = {json.dumps(value)};"
                "field.dispatchEvent(new Event('input', {bubbles: true})); })()"
            )

    async def press(self, key: str, code: int) -> None:
        """A key."""
        for kind in ("keyDown", "keyUp"):
            await self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def picture(self, path: Path, *, height: int | None = None) -> None:
        """A screenshot of the whole page, or of its beginning. The screen is as high, because frames outside it are not painted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = height or int(await self.run("document.documentElement.scrollHeight"))
        screen = self._screen
        await self.resize(screen[0], max(whole, screen[1] if height is None else 0), dark=screen[2])
        await self.run(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => true)"
        )
        found = await self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))
        await self.resize(*screen[:2], dark=screen[2])

    def hear(self, method: str, facts: dict[str, Any]) -> None:
        """Something happened in the tab; called from the reader's thread."""
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(facts["exceptionDetails"])[:500])
        elif method == "Log.entryAdded" and facts["entry"]["level"] == "error":
            self.complaints.append(f"{facts['entry']['text']} {facts['entry'].get('url', '')}"[:500])
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialog: {facts['message']}")
