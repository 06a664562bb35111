"""Debian's Chromium without a window, and axe-core: what the tests of the pages look with.

Host names below lab.test lead to this machine, so that the browser judges cookies and origins as it
would on a real network.
"""

import base64
import hashlib
import io
import pathlib
import shutil
import tarfile
import tempfile
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

AXE = "https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz"
AXE_SHA512 = (
    "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="
)
CACHE = pathlib.Path(tempfile.gettempdir()) / "roster-axe-core-4.10.3.tgz"


def axe_source():
    """The script of axe-core, whose digest is checked wherever it comes from."""
    if not CACHE.exists():
        try:
            with urllib.request.urlopen(AXE, timeout=30) as answer:
                archive = answer.read()
        except OSError as error:
            raise AssertionError(f"axe-core cannot be fetched from {AXE}: {error}") from error
        with tempfile.NamedTemporaryFile(dir=CACHE.parent, delete=False) as file:
            file.write(archive)
        pathlib.Path(file.name).replace(CACHE)
    archive = CACHE.read_bytes()
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != AXE_SHA512:
        raise AssertionError(f"{CACHE} is not axe-core 4.10.3; remove it")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return files.extractfile("package/axe.min.js").read().decode()


class Browser:
    """One browser with a profile of its own; a context manager."""

    def __init__(self, language="en", script=True):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--no-proxy-server",
            "--host-resolver-rules=MAP *.lab.test 127.0.0.1, MAP other.test 127.0.0.1",
        ):
            options.add_argument(argument)
        preferences = {"intl.accept_languages": language}
        if not script:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver"))
        )
        self.driver.set_page_load_timeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def look_like(self, width, dark=False):
        """A window of this width, in a theme."""
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": theme})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def open(self, url):
        self.driver.get(url)

    def fill(self, **values):
        """Types into fields by their ids, and presses the button of their form."""
        for name, value in values.items():
            field = self.driver.find_element(By.ID, name)
            field.clear()
            field.send_keys(value)
        field.find_element(By.XPATH, "./ancestor::form//button").click()

    def press(self, selector):
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def wait_for(self, what, is_there):
        """Until it is there: a page may lead on to another one by itself."""
        try:
            WebDriverWait(self.driver, 20, ignored_exceptions=(WebDriverException,)).until(
                lambda _: is_there()
            )
        except TimeoutException as error:
            shown = f"{self.driver.current_url}\n{self.text()}"
            raise AssertionError(f"no {what!r} at {shown}") from error

    def wait_for_text(self, text):
        self.wait_for(text, lambda: text in self.text())

    def wait_for_url(self, url):
        self.wait_for(url, lambda: self.driver.current_url == url)

    def console(self):
        """What the console says, but for the statuses of the pages themselves."""
        return [
            line["message"]
            for line in self.driver.get_log("browser")
            if "the server responded with a status of 4" not in line["message"]
        ]

    def violations(self, axe):
        """What axe-core finds in the page."""
        self.driver.execute_script(axe)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run({resultTypes: ['violations']}).then(r => done(r.violations), done);"
        )
        return [
            f"{one['id']}: {one['help']}: {node['html']}" for one in found for node in one["nodes"]
        ]

    def is_wider_than_its_window(self):
        return self.driver.execute_script(
            "return document.documentElement.scrollWidth > window.innerWidth"
        )

    def save_screenshot(self, path):
        """All of the page."""
        image = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True}
        )
        pathlib.Path(path).write_bytes(base64.b64decode(image["data"]))
