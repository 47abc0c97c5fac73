"""A real Chromium without a window, driven over its DevTools protocol: only what the page's tests need."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str):
        self._browser = browser
        self._session = session

    async def send(self, method: str, **parameters: object) -> dict:
        return await self._browser.send(method, parameters, self._session)

    async def open(self, url: str) -> None:
        await self.send("Page.navigate", url=url)
        await self.wait("document.readyState === 'complete'")

    async def eval(self, expression: str) -> object:
        said = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise AssertionError(said["exceptionDetails"].get("exception", {}).get("description", expression))
        return said["result"].get("value")

    async def wait(self, expression: str, seconds: float = 20) -> None:
        """Until a JavaScript expression is true."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        if await self.eval(f"Boolean({expression})"):
                            return
                    except AssertionError:  # the page is just being replaced
                        pass
                    await asyncio.sleep(0.03)
        except TimeoutError:
            text = await self.eval("document.body.innerText")
            raise AssertionError(f"never true: {expression}\n{text}") from None

    async def type(self, text: str) -> None:
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        code = {"Enter": 13, "Escape": 27, "Tab": 9}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    async def click(self, selector: str) -> None:
        await self.eval(f"document.querySelector({json.dumps(selector)}).click()")

    async def screenshot(self, file: Path) -> None:
        shot = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))


class Browser:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse):
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict]] = {}
        self._contexts: list[str] = []
        self.problems: list[str] = []  # what the pages' consoles complained about
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            data = json.loads(message.data)
            if "id" in data:
                waiting = self._waiting.pop(data["id"])
                if "error" in data:
                    waiting.set_exception(AssertionError(data["error"]["message"]))
                else:
                    waiting.set_result(data["result"])
            elif data["method"] == "Runtime.exceptionThrown":
                self.problems.append(str(data["params"]["exceptionDetails"]))
            elif data["method"] == "Log.entryAdded" and data["params"]["entry"]["level"] == "error":
                self.problems.append(str(data["params"]["entry"]))

    async def send(self, method: str, parameters: dict, session: str | None = None) -> dict:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json(
            {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        )
        async with asyncio.timeout(30):
            return await self._waiting[number]

    async def page(self, *, width: int = 1280, height: int = 800, dark: bool = False, language: str = "en-GB") -> Page:
        """A tab in a profile of its own, so with cookies of its own."""
        context = await self.send("Target.createBrowserContext", {})
        self._contexts.append(context["browserContextId"])
        target = await self.send(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context["browserContextId"]}
        )
        attached = await self.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        page = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log"):
            await page.send(f"{domain}.enable")
        agent = await self.send("Browser.getVersion", {})
        await page.send("Emulation.setUserAgentOverride", userAgent=agent["userAgent"], acceptLanguage=language)
        await page.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await page.send("Emulation.setEmulatedMedia", features=scheme)
        await page.send("Emulation.setFocusEmulationEnabled", enabled=True)
        return page

    async def close_pages(self) -> None:
        """Every tab, with its cookies and connections; and forget what was complained about."""
        while self._contexts:
            await self.send("Target.disposeBrowserContext", {"browserContextId": self._contexts.pop()})
        self.problems.clear()

    async def close(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Browser]:
    """A browser that is ended with everything it started."""
    assert FOUND
    process = await asyncio.create_subprocess_exec(
        FOUND, *_FLAGS, f"--user-data-dir={profile}", "about:blank", start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    # Not told through a pipe: what it has started may hold that open, and asyncio would wait for it for ever.
    told = profile / "DevToolsActivePort"
    try:
        async with asyncio.timeout(60):
            while not told.exists() or len(lines := told.read_text().splitlines()) < 2:
                await asyncio.sleep(0.05)
        address = f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            browser = Browser(socket)
            try:
                yield browser
            finally:
                await browser.close()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
