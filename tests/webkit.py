"""WebKitGTK for Selenium: its small browser on a screen of its own, since it does not start without one."""

from __future__ import annotations

import os
import subprocess
import warnings
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.servers import ServerError, program, stop

SIZE = (1280, 900)
PATIENCE = 30  # seconds for a page to load


def mini_browser() -> str:
    """Debian keeps it beside the library, in a folder named after the architecture."""
    places = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not places:
        raise ServerError("WebKitGTK's MiniBrowser is not installed; `make test` names the packages.")
    return str(places[-1])


class Screen:
    """An X server on a display that nobody uses. ``name``: what goes into ``DISPLAY``."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        words = ["-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [program("Xvfb"), *words], pass_fds=[writing], stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            stop(self._process)
            raise ServerError("Xvfb did not start.")
        self.name = f":{number}"

    def close(self) -> None:
        stop(self._process)


class WebKit(webdriver.WebKitGTK):
    """A fresh WebKitGTK; its sessions are private, so that there is no profile to clear away."""

    def __init__(self) -> None:
        self._screen = Screen()
        options = Options()
        options.binary_location = mini_browser()
        options.add_argument("--automation")
        environment = {**os.environ, "DISPLAY": self._screen.name, "LANGUAGE": "en", "GDK_BACKEND": "x11"}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of how Selenium calls itself here
                super().__init__(options=options, service=Service(program("WebKitWebDriver"), env=environment))
            self.set_page_load_timeout(PATIENCE)
            self.set_window_size(*SIZE)
        except BaseException:
            self._screen.close()
            raise

    def get(self, url: str) -> None:
        """Its driver can answer while the page that is left is still there, and would then be asked for what comes next."""
        left = self.find_element(By.TAG_NAME, "html")
        super().get(url)
        WebDriverWait(self, PATIENCE, 0.02).until(staleness_of(left))

    def quit(self) -> None:
        try:
            super().quit()
        finally:
            self._screen.close()
