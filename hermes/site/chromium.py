"""A headless Chromium, spoken to in the DevTools protocol over two pipes: one page at a time, and never longer than allowed.

Its only way out is the proxy that it is given. It has no sandbox of its own, since that of the session holds it: what a page can do here,
the project's build can do as well. https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import collections
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

#: The names of the program, in the order in which it is looked for.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
#: A message of Chromium's: a picture of 20 million pixels fits.
_MESSAGE_BYTES: Final = 128 * 1024 * 1024
_READ_BYTES: Final = 1024 * 1024
#: Events that are kept until somebody asks for one.
_EVENTS: Final = 1000
_END_SECONDS: Final = 2.0
_HERE: Final = "/proc/self/cwd"

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=DialMediaRouteProvider,MediaRouter,OptimizationHints,Translate",
    "--disable-sync",
    "--disable-popup-blocking",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--mute-audio",
    "--hide-scrollbars",
    "--password-store=basic",
    "--use-mock-keychain",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--js-flags=--max-old-space-size=256",
)


class BrowserFailed(Exception):
    """Chromium did not do what it was asked to."""


class BrowserGone(BrowserFailed):
    """Chromium has ended."""


def find(path: str | None) -> str | None:
    """The program on this PATH."""
    return next((found for name in NAMES if (found := shutil.which(name, path=path)) is not None), None)


class Chromium:
    """One running Chromium; `deadline` (of `time.monotonic`) is the end of everything."""

    def __init__(self, program: str, home: Path, *, proxy: str, deadline: float, pace: float = 1.0) -> None:
        """`pace` stretches the time for each answer, where there is more. Raises `BrowserFailed` if it cannot be started."""
        self.pace = pace
        """What the time for each answer is stretched by."""
        self._deadline = deadline
        self._next = 0
        self._unread = bytearray()
        # Chromium makes a socket in its folder for temporary files, and the path of a socket has at most 108 bytes.
        # So it gets the short name of the folder that it is in.
        home.mkdir(parents=True, exist_ok=True)
        self._events: collections.deque[dict[str, Any]] = collections.deque(maxlen=_EVENTS)
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        # The shell only moves the pipes to the descriptors that Chromium expects, and becomes Chromium.
        argv = ["/bin/sh", "-c", f'exec "$@" 3<"/dev/fd/{commands}" 4>"/dev/fd/{answers}"', "sh", program, *_FLAGS]
        argv += [f"--proxy-server={proxy}", f"--user-data-dir={home}", "about:blank"]
        try:
            self._process = subprocess.Popen(
                argv,
                pass_fds=(commands, answers),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=home,
                env={**os.environ, "TMPDIR": _HERE},
                start_new_session=True,
            )
        except OSError as error:
            raise BrowserFailed(f"it could not be started: {error.strerror}") from error
        finally:
            os.close(commands)
            os.close(answers)
        os.set_blocking(self._to, False)

    def close(self) -> None:
        """End it, however it is."""
        for pipe in (self._to, self._from):
            os.close(pipe)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

    def call(self, method: str, *, session: str | None = None, seconds: float = 5.0, **params: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer. Raises `BrowserFailed` if none comes in time, or an error."""
        number = self._send(method, session, params)
        until = min(self._deadline, time.monotonic() + seconds * self.pace)
        while True:
            message = self._message(until, method)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserFailed(f"{method}: {message['error'].get('message', '')}")
                result: dict[str, Any] = message.get("result", {})
                return result
            self._keep(message)

    def wait(self, event: str, *, session: str, seconds: float) -> bool:
        """Wait for an event; whether it came. Raises `BrowserGone`."""
        until = min(self._deadline, time.monotonic() + seconds * self.pace)
        try:
            while not any(one.get("method") == event and one.get("sessionId") == session for one in self._events):
                self._keep(self._message(until, event))
        except BrowserGone:
            raise
        except BrowserFailed:
            return False
        return True

    def _keep(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Page.javascriptDialogOpening":  # a page waits for its answer
            self._send("Page.handleJavaScriptDialog", message.get("sessionId"), {"accept": True})
        elif "method" in message:
            self._events.append(message)

    def forget(self) -> None:
        """Drop the events that came so far."""
        self._events.clear()

    def _send(self, method: str, session: str | None, params: dict[str, Any]) -> int:
        self._next += 1
        message = {"id": self._next, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._to], [], left)[1]:
                raise BrowserFailed(f"it did not read {method} in time")
            try:
                data = data[os.write(self._to, data) :]
            except OSError as error:
                raise BrowserGone("it has ended") from error
        return self._next

    def _message(self, until: float, what: str) -> dict[str, Any]:
        while (end := self._unread.find(b"\0")) < 0:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                raise BrowserFailed(f"{what}: no answer in time")
            data = os.read(self._from, _READ_BYTES)
            if not data:
                raise BrowserGone("it has ended")
            self._unread += data
            if len(self._unread) > _MESSAGE_BYTES:
                raise BrowserGone("it says too much")
        found: dict[str, Any] = json.loads(self._unread[:end])
        del self._unread[: end + 1]
        return found


class Tab:
    """One page in a context of its own: no cookie, cache or worker of another page is in it."""

    def __init__(self, browser: Chromium) -> None:
        self._browser = browser
        self._context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        # Where a download goes is the page's to say, and it may have none.
        browser.call("Browser.setDownloadBehavior", behavior="deny", browserContextId=self._context)

    def call(self, method: str, *, seconds: float = 5.0, **params: Any) -> dict[str, Any]:
        """As of the browser, in this page."""
        return self._browser.call(method, session=self._session, seconds=seconds, **params)

    def open(self, address: str, *, seconds: float) -> bool:
        """Load a page; False if it is not complete in time: then it is taken as it is."""
        self._browser.forget()
        self.call("Page.navigate", url=address, seconds=seconds)
        return self._browser.wait("Page.loadEventFired", session=self._session, seconds=seconds)

    def value(self, script: str, *, seconds: float) -> Any:
        """The value of an expression, or of the promise that it is."""
        found = self.call(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            timeout=seconds * self._browser.pace * 1000,
            seconds=seconds + 0.5,
        )
        return found.get("result", {}).get("value")

    def picture(self, width: int, height: int, *, seconds: float) -> bytes:
        """A PNG of the first so many pixels of the page."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        found = self.call(
            "Page.captureScreenshot",
            format="png",
            clip=clip,
            captureBeyondViewport=True,
            optimizeForSpeed=True,
            seconds=seconds,
        )
        return base64.b64decode(found.get("data", ""))

    def close(self) -> None:
        """Close the page, also one that hangs."""
        with contextlib.suppress(BrowserFailed):
            self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)
