"""Headless Chromium for tests of the page: what is in it, keys and clicks, waiting for what is to come."""
import json
import os
import shutil
import time

from selenium import webdriver
from selenium.common.exceptions import SessionNotCreatedException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

PATIENCE = 30
POLL = 0.1
# Also inside the shadow roots that editors are in.
FIND = """
const every = (root, css) => [...root.querySelectorAll(css),
    ...[...root.querySelectorAll('*')].filter(e => e.shadowRoot).flatMap(e => every(e.shadowRoot, css))];
const shown = e => e.getClientRects().length > 0;
const found = every(document, arguments[0]).filter(e => shown(e) && (!arguments[1] || e.textContent.includes(arguments[1])));
"""
RENDERED = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


class Browser:
    def __init__(self, scratch):
        try:
            self.driver = self.start(os.path.join(scratch.path, "chromium"))
        except SessionNotCreatedException:  # chromedriver waits a minute, in which a machine that does much else may not start one
            self.driver = self.start(os.path.join(scratch.path, "chromium-again"))
        self.driver.set_script_timeout(PATIENCE)
        self.size(1600, 1000)

    @staticmethod
    def start(profile):
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-device-scale-factor=1",
                         "--hide-scrollbars", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **what):
        return self.driver.execute_cdp_cmd(name, what)

    def size(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefers(self, scheme):
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        self.driver.get(url)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def texts(self, css):
        return self.script(FIND + "return found.map(e => e.textContent)", css, "")

    def count(self, css, text=""):
        return self.script(FIND + "return found.length", css, text)

    def until(self, true, what, patience=PATIENCE):
        end = time.monotonic() + patience
        while True:
            value = true()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never: {what}\n{self.script('return document.body.innerText')}\n{self.log()}")
            time.sleep(POLL)

    def sees(self, css, text="", patience=PATIENCE):
        """Waits for an element, and returns it."""
        return self.until(lambda: self.script(FIND + "return found[0] ?? null", css, text), f"{css} {text!r}", patience)

    def gone(self, css, text=""):
        self.until(lambda: self.count(css, text) == 0, f"{css} {text!r} goes away")

    def click(self, css, text=""):
        self.script("arguments[0].scrollIntoView({block: 'center'})", self.sees(css, text))
        self.sees(css, text).click()

    def keys(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def chord(self, modifier, key):
        ActionChains(self.driver).key_down(modifier).send_keys(key).key_up(modifier).perform()

    def focused(self):
        """Text or name of what has the focus."""
        return self.script("let e = document.activeElement; while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
                           "return e.getAttribute('aria-label') ?? e.textContent.trim()")

    def tab_to(self, name, most=60):
        """Presses Tab until what it names has the focus."""
        seen = []
        for _ in range(most):
            self.keys(Keys.TAB)
            seen.append(self.focused())
            if seen[-1].startswith(name):
                return
        raise AssertionError(f"Tab never comes to {name!r}: {seen}")

    def write(self, text, editor="[aria-label='SQL']"):
        """Replaces what an editor has, as one who pastes does."""
        self.click(f".cm-content{editor}")
        self.chord(Keys.CONTROL, "a")
        self.command("Input.insertText", text=text)

    def log(self):
        """What the page complained about since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def first_paint(self):
        """Milliseconds."""
        return self.until(lambda: self.script(RENDERED), "something is painted")

    def picture(self, path):
        self.driver.save_screenshot(path)

    def violations(self, axe):
        """What axe-core finds wrong, a line each."""
        self.script(axe)
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(JSON.stringify(r.violations)))")
        return [f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')}" for one in json.loads(found) for node in one["nodes"]]
