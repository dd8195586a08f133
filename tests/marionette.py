"""Firefox for Selenium without a driver program: Selenium's commands are said in Marionette, Firefox's own protocol.

Debian has no geckodriver. Marionette listens on a TCP port; a message is its length in bytes, a colon and a JSON list,
``[0, id, command, parameters]`` to Firefox and ``[1, id, error, result]`` from it. Commands, elements and errors are
those of W3C WebDriver, so that only the names of the commands differ from what Selenium sends over HTTP.
"""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

from tests.servers import program, stop, wait_until

PATIENCE = 60  # seconds for one answer: longer than Firefox itself waits for a page
NAMES = {
    Command.NEW_SESSION: "WebDriver:NewSession",
    Command.GET: "WebDriver:Navigate",
    Command.REFRESH: "WebDriver:Refresh",
    Command.GET_CURRENT_URL: "WebDriver:GetCurrentURL",
    Command.GET_TITLE: "WebDriver:GetTitle",
    Command.GET_PAGE_SOURCE: "WebDriver:GetPageSource",
    Command.SCREENSHOT: "WebDriver:TakeScreenshot",
    Command.SET_TIMEOUTS: "WebDriver:SetTimeouts",
    Command.W3C_EXECUTE_SCRIPT: "WebDriver:ExecuteScript",
    Command.W3C_EXECUTE_SCRIPT_ASYNC: "WebDriver:ExecuteAsyncScript",
    Command.W3C_ACTIONS: "WebDriver:PerformActions",
    Command.W3C_CLEAR_ACTIONS: "WebDriver:ReleaseActions",
    Command.W3C_ACCEPT_ALERT: "WebDriver:AcceptAlert",
    Command.W3C_DISMISS_ALERT: "WebDriver:DismissAlert",
    Command.W3C_GET_ALERT_TEXT: "WebDriver:GetAlertText",
    Command.NEW_WINDOW: "WebDriver:NewWindow",
    Command.CLOSE: "WebDriver:CloseWindow",
    Command.SWITCH_TO_WINDOW: "WebDriver:SwitchToWindow",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "WebDriver:GetWindowHandle",
    Command.W3C_GET_WINDOW_HANDLES: "WebDriver:GetWindowHandles",
    Command.SET_WINDOW_RECT: "WebDriver:SetWindowRect",
    Command.GET_WINDOW_RECT: "WebDriver:GetWindowRect",
    Command.ADD_COOKIE: "WebDriver:AddCookie",
    Command.GET_ALL_COOKIES: "WebDriver:GetCookies",
    Command.DELETE_COOKIE: "WebDriver:DeleteCookie",
    Command.DELETE_ALL_COOKIES: "WebDriver:DeleteAllCookies",
    Command.FIND_ELEMENT: "WebDriver:FindElement",
    Command.FIND_ELEMENTS: "WebDriver:FindElements",
    Command.FIND_CHILD_ELEMENT: "WebDriver:FindElement",
    Command.FIND_CHILD_ELEMENTS: "WebDriver:FindElements",
    Command.W3C_GET_ACTIVE_ELEMENT: "WebDriver:GetActiveElement",
    Command.CLICK_ELEMENT: "WebDriver:ElementClick",
    Command.CLEAR_ELEMENT: "WebDriver:ElementClear",
    Command.SEND_KEYS_TO_ELEMENT: "WebDriver:ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "WebDriver:GetElementText",
    Command.GET_ELEMENT_TAG_NAME: "WebDriver:GetElementTagName",
    Command.GET_ELEMENT_ATTRIBUTE: "WebDriver:GetElementAttribute",
    Command.GET_ELEMENT_PROPERTY: "WebDriver:GetElementProperty",
    Command.GET_ELEMENT_RECT: "WebDriver:GetElementRect",
    Command.GET_ELEMENT_VALUE_OF_CSS_PROPERTY: "WebDriver:GetElementCSSValue",
    Command.IS_ELEMENT_ENABLED: "WebDriver:IsElementEnabled",
    Command.IS_ELEMENT_SELECTED: "WebDriver:IsElementSelected",
}
WITHIN = {Command.FIND_CHILD_ELEMENT, Command.FIND_CHILD_ELEMENTS}
"""Marionette names the element to search in ``element``, Selenium ``id``."""

PREFERENCES = {
    "marionette.port": 0,  # a free one, to be read in the profile
    # Marionette listens for unload in each page that it clicks in, which would keep every page out of bfcache.
    "docshell.shistory.bfcache.allow_unload_listeners": True,
    "intl.accept_languages": "en",
    "intl.locale.requested": "en",
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "ui.prefersReducedMotion": 1,
    "devtools.jsonview.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}

TRAVERSE = """
const [by, done] = arguments;
const there = () => gBrowser.selectedBrowser.browsingContext.sessionHistory.index;
const from = there();
let looks = 0;
if (by < 0 ? gBrowser.canGoBack : gBrowser.canGoForward) {
  const { browsingContext } = gBrowser.selectedBrowser; // the button itself also goes past what nobody has touched
  if (by < 0) browsingContext.goBack();
  else browsingContext.goForward();
  const look = setInterval(() => {
    const { isLoadingDocument } = gBrowser.selectedBrowser.webProgress;
    if (++looks < 500 && (there() === from || isLoadingDocument)) return;
    clearInterval(look);
    done();
  }, 20);
} else {
  done();
}
"""
"""Back or Forward, one entry. Marionette's own commands never answer where the page that they come to goes on in
the history by itself before it has loaded."""

STEPS = {Command.GO_BACK: -1, Command.GO_FORWARD: 1}

FORGET = """
const [isCache, done] = arguments;
const { CLEAR_ALL, CLEAR_ALL_CACHES } = Ci.nsIClearDataService;
const what = isCache ? CLEAR_ALL_CACHES : CLEAR_ALL & ~CLEAR_ALL_CACHES;
Services.clearData.deleteData(what, { onDataDeleted: () => done() });
"""


class Marionette:
    """One connection; the part of Selenium's that ``WebDriver`` calls."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._stream = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._receive()  # Firefox begins: its name and the version of the protocol

    def say(self, name: str, params: dict[str, Any]) -> tuple[Any, Any]:
        """One command under Marionette's own name; the error, or ``None``, and the result."""
        message = json.dumps([0, next(self._ids), name, params]).encode()
        try:
            self._socket.sendall(b"%d:%s" % (len(message), message))
            _, _, error, result = self._receive()
        except OSError as lost:
            raise WebDriverException(f"Firefox does not answer: {lost}") from lost
        return error, result

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer as Selenium expects it: ``value``, and ``status`` with the error as JSON where there is one."""
        if command == Command.GET_COOKIE:
            found = self.execute(Command.GET_ALL_COOKIES, {})["value"]
            return {"value": next((cookie for cookie in found if cookie["name"] == params["name"]), None)}
        if command in STEPS:
            self.run_in_browser(TRAVERSE, STEPS[command])
            return {"value": None}
        params = {name: value for name, value in params.items() if name != "sessionId"}
        if command in WITHIN:
            params["element"] = params.pop("id")
        error, result = self.say(NAMES[command], params)
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        is_wrapped = isinstance(result, dict) and result.keys() == {"value"}
        return {"value": result["value"] if is_wrapped else result}

    def run_in_browser(self, script: str, *args: Any) -> None:
        """Run a script of Firefox' own, not of a page, and wait until it calls ``done``, its last argument."""
        for name, params in (
            ("Marionette:SetContext", {"value": "chrome"}),
            ("WebDriver:ExecuteAsyncScript", {"script": script, "args": args}),
            ("Marionette:SetContext", {"value": "content"}),
        ):
            error, _ = self.say(name, params)
            if error:
                raise WebDriverException(f"{name}: {error}")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            if not (digit := self._stream.read(1)):
                raise ConnectionError("it closed the connection")
            length += digit
        return json.loads(self._stream.read(int(length[:-1])))


class Firefox(WebDriver):
    """A fresh Firefox without a window on any screen, with a profile of its own."""

    def __init__(self) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="waymark-firefox-"))
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        (self._profile / "user.js").write_text("\n".join(lines))
        words = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
        words += ["--profile", str(self._profile)]
        with (self._profile / "firefox.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program("firefox-esr"), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            port = self._profile / "MarionetteActivePort"
            wait_until(lambda: port.exists() and port.read_text(), PATIENCE, "Firefox")
            self._marionette = Marionette(int(port.read_text()))
            super().__init__(command_executor=self._marionette, options=_Options())
        except BaseException:
            self._end()
            raise

    def forget(self) -> None:
        """All but the HTTP cache, of every site."""
        self._marionette.run_in_browser(FORGET, False)

    def forget_cache(self) -> None:
        self._marionette.run_in_browser(FORGET, True)

    def quit(self) -> None:
        self._marionette.close()
        self._end()

    def _end(self) -> None:
        stop(self._process)
        shutil.rmtree(self._profile, ignore_errors=True)


class _Options(ArgOptions):
    @property
    def default_capabilities(self) -> dict[str, Any]:
        return {}

    def to_capabilities(self) -> dict[str, Any]:
        return {"pageLoadStrategy": "normal", "timeouts": {"pageLoad": 30_000}}
