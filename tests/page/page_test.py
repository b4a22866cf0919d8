#!/usr/bin/env python3
"""The web page of `weir server`, driven in headless Chromium: every view, the editor, edits of a running query and the way
back, the keyboard alone, axe-core in both themes and at both widths; and that the committed bundle is what its sources give.

usage: page_test.py --weir PROGRAM [TEST…]; WEIR_WRITE_PAGES=1 makes the pictures in docs/page anew."""
import gzip
import hashlib
import http.client
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "shell"))
from browser import Browser  # noqa: E402
from http_test import Server  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

PAGE = os.path.join(ROOT, "shell", "http", "page")
PICTURES = os.path.join(ROOT, "docs", "page")
PICTURED = ("jobs", "operator", "sql", "edit")  # in docs/page.md
MOST_GZIPPED = 300_000
MOST_GZIPPED_AT_FIRST = 80_000  # all but the editor: what the first paint waits for
FIRST_PAINT_MILLIS = 300  # on a machine that is idle
MOST_FIRST_PAINTS_OF_A_WORD = 6
MOST_FIRST_PAINTS = 20
WIDTHS = ((1600, 1000), (400, 860))
SOURCE = """CREATE TABLE orders (
  id BIGINT, item BIGINT, price DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
) WITH ('connector' = 'datagen', 'rows-per-second' = '400', 'fields.item.min' = '1', 'fields.item.max' = '40',
  'fields.price.min' = '1', 'fields.price.max' = '100',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '100000000');
"""
TABLES = SOURCE + """
CREATE TABLE totals (window_start TIMESTAMP(3), item BIGINT, n BIGINT, total DOUBLE) WITH ('connector' = 'blackhole');
CREATE TABLE audit (item BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE copied (id BIGINT) WITH ('connector' = 'filesystem', 'path' = 'copied', 'format' = 'csv');
"""
SALES = """CREATE JOB sales AS EXECUTE STATEMENT SET BEGIN
INSERT INTO totals
SELECT window_start, item, COUNT(*) AS n, SUM(price) AS total
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND))
GROUP BY window_start, window_end, item;
INSERT INTO audit SELECT item, COUNT(*) AS n FROM orders WHERE price > 10 GROUP BY item;
END;
"""
COUNTS = "CREATE JOB counts AS\nINSERT INTO audit\nSELECT item, COUNT(*) AS n\nFROM orders\nGROUP BY item;\n"
COPY = "CREATE JOB copy AS\nINSERT INTO copied\nSELECT id\nFROM orders;\n"


class Page:
    """A server with some jobs, and a browser that is logged in."""

    def __init__(self, scratch, jobs="", width=1600):
        self.server = Server(scratch, "-D", "parallelism.default=2")
        try:
            if jobs:
                self.server.start(TABLES + jobs)
            self.browser = Browser(scratch)
        except BaseException:
            self.server.end()
            raise
        self.at = f"http://{self.server.host}:{self.server.port}/"
        self.browser.size(width, 1000)
        self.browser.open(f"{self.at}#token={self.server.token}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.__exit__()
        self.server.end()

    def job(self, name):
        return next(job for job in self.server.get("/jobs/overview")["jobs"] if job["name"] == name and job["state"] == "RUNNING")["jid"]

    def go(self, place):
        self.browser.script("location.hash = arguments[0]", place)

    def checkpointed(self, name):
        job = self.job(name)
        self.server.until(lambda: self.server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > 0, "a checkpoint")
        return job


def skip(name, reason):
    print(f"SKIPPED page.{name}: {reason}")


# --- the bundle -----------------------------------------------------------------------------------

def installed():
    """A copy of the page's sources with what they are made from installed, and why there is none."""
    with open(os.path.join(PAGE, "package-lock.json"), "rb") as file:
        place = os.path.join(os.path.dirname(program()), f"page-{hashlib.sha256(file.read()).hexdigest()[:12]}")
    os.makedirs(place, exist_ok=True)
    for name in ("package.json", "package-lock.json", "bundle.mjs"):
        shutil.copy(os.path.join(PAGE, name), place)
    shutil.rmtree(os.path.join(place, "src"), ignore_errors=True)
    shutil.copytree(os.path.join(PAGE, "src"), os.path.join(place, "src"))
    if os.path.exists(os.path.join(place, "complete")):
        return place, None
    if shutil.which("npm") is None:
        return None, "npm is not there"
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None, "npm takes too long"
    if done.returncode != 0:
        return None, "npm cannot install"
    with open(os.path.join(place, "complete"), "w", encoding="ascii"):
        return place, None


def test_the_bundle_is_made_from_the_sources(_):
    """By the hashes that were noted when it was made: needs nothing."""
    with open(os.path.join(PAGE, "bundle", "sources"), encoding="ascii") as file:
        noted = dict(reversed(line.split()) for line in file)
    names = {"bundle.mjs", "package-lock.json"} | {f"src/{name}" for name in os.listdir(os.path.join(PAGE, "src"))}
    expect(set(noted) == names, f"{sorted(set(noted) ^ names)}: make the bundle anew: node bundle.mjs")
    for name, hashed in noted.items():
        with open(os.path.join(PAGE, name), "rb") as file:
            expect(hashlib.sha256(file.read()).hexdigest() == hashed, f"{name} was changed: make the bundle anew: node bundle.mjs")


def test_the_bundle_comes_out_the_same(_):
    place, why_not = installed()
    if place is None:
        return skip("bundle_again", f"the bundle cannot be made here: {why_not}")
    again = os.path.join(place, "again")
    subprocess.run(["node", "bundle.mjs", again], cwd=place, check=True, timeout=60)
    for name in sorted(os.listdir(again)):
        with open(os.path.join(again, name), "rb") as new, open(os.path.join(PAGE, "bundle", name), "rb") as old:
            expect(new.read() == old.read(), f"bundle/{name} is not what the sources give")


# --- how it is served -----------------------------------------------------------------------------

def fetch(server, path, **headers):
    client = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        client.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        client.close()


def test_it_is_served_to_anybody_and_kept_by_browsers(scratch):
    with Server(scratch) as server:
        status, head, html = fetch(server, "/")
        expect(status == 200 and head["Content-Type"] == "text/html; charset=utf-8", head)
        policy = head["Content-Security-Policy"]
        expect("default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy, policy)
        expect(b"<script>" not in html and b"style=" not in html and b" on" not in re.sub(rb"<[a-z]+ ", b"", html.split(b"<body>")[1]), html)
        expect(head["Cache-Control"] == "no-cache", "the page itself is asked for anew")
        expect(fetch(server, "/", If_None_Match=head["ETag"])[0] == 304, "nobody sends what is there already")
        files = re.findall(rb'"(/page/[^"]+)"', html)
        names = sorted(file.decode().split("?")[0] for file in files)
        expect(names == ["/page/app.css", "/page/app.js", "/page/editor.js"], html)
        sizes = {"/": len(gzip.compress(html))}
        for path in (file.decode() for file in files):
            status, plain_head, plain = fetch(server, path)
            expect(status == 200 and "immutable" in plain_head["Cache-Control"], plain_head)
            _, packed_head, packed = fetch(server, path, Accept_Encoding="br, gzip")
            expect(packed_head["Content-Encoding"] == "gzip" and gzip.decompress(packed) == plain, path)
            expect(fetch(server, path, Accept_Encoding="gzip;q=0")[2] == plain, "gzip that is refused")
            expect(fetch(server, path, If_None_Match=plain_head["ETag"])[0] == 304, path)
            name = path.split("?")[0]
            for other in (name, name + "?v=", name + "?v=1"):
                status, other_head, _ = fetch(server, other)
                if name == "/page/editor.js":
                    expect(status == 404, f"{other}: an app.js of another version must not get this one")
                else:
                    expect(status == 200 and "immutable" not in other_head["Cache-Control"], f"{other}: another version's name")
            with open(os.path.join(PAGE, "bundle", os.path.basename(name)), "rb") as file:
                expect(file.read() == plain, f"{path} is what was committed")
            sizes[name] = len(packed)
        expect(sum(sizes.values()) <= MOST_GZIPPED, f"{sizes} bytes")
        expect(sum(sizes.values()) - sizes["/page/editor.js"] <= MOST_GZIPPED_AT_FIRST, f"{sizes} bytes")
        expect(fetch(server, "/page/nothing.js")[0] == 404, "what is not there")
        expect(fetch(server, "/v1/figures")[0] == 401, "figures need a login")
        expect(fetch(server, "/", Host="example.com")[0] == 403, "a name that is bound to us")


def test_open_prints_the_way_in(scratch):
    done = scratch.run("open")
    expect(done.returncode != 0 and "nothing answers at http://127.0.0.1:8480/" in done.stderr and "weir server" in done.stderr, done.stderr)
    with Server(scratch) as server:
        address = f"server.http.address=127.0.0.1:{server.port}"
        done = scratch.run("open", "--data-dir", server.data, "-D", address)
        expect(done.stdout == f"http://127.0.0.1:{server.port}/#token={server.token}\n", done.stdout + done.stderr)
        # A browser is given a file that only its owner may read, and not the token.
        seen = scratch.write("bin/xdg-open", "#!/bin/sh\necho \"$1\" > opened\n")
        os.chmod(seen, 0o755)
        environment = scratch.environment(DISPLAY=":0", PATH=f"{os.path.dirname(seen)}:{os.environ['PATH']}")
        subprocess.run([program(), "open", "--data-dir", server.data, "-D", address], cwd=scratch.path, env=environment, check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(scratch.path, "opened"), encoding="utf-8") as file:
            given = file.read().strip()
        expect(server.token not in given and os.stat(given).st_mode & 0o077 == 0, given)
        with open(given, encoding="utf-8") as file:
            expect(f"url=http://127.0.0.1:{server.port}/#token={server.token}" in file.read(), given)


# --- in the browser -------------------------------------------------------------------------------

def test_logging_in(scratch):
    with Page(scratch) as page:
        browser = page.browser
        browser.sees("h2", "No job runs")
        expect(page.server.token not in browser.script("return location.href"), "the token leaves the address")
        browser.click("button", "Log out")
        browser.sees("h1", "Log in")
        browser.sees("input[name=token]").send_keys("0" * 64 + Keys.ENTER)
        browser.sees(".problem", "not valid")
        field = browser.sees("input[name=token]")
        field.clear()
        field.send_keys(page.server.token + Keys.ENTER)
        browser.sees("h2", "No job runs")
        browser.click("button", "Log out")
        browser.click("button", "As a user")
        browser.sees("input[name=user]").send_keys("ann")
        browser.sees("input[name=password]").send_keys("wrong" + Keys.ENTER)
        browser.sees(".problem", "not valid")


def test_the_first_paint_is_soon(scratch):
    """A page of one word, painted in between, tells how slow this browser is among the tests that run beside it. They can only
    delay a paint, so that the soonest counts, of as many as are needed: ours, which has a script to fetch and compile in a
    thread that waits behind them, is hit by more of them than the word is."""
    word = scratch.write("word.html", "<!DOCTYPE html><title>Word</title><p>Word")
    with Page(scratch) as page:
        page.browser.sees("h2", "No job runs")
        times = {page.at: [], f"file://{word}": []}
        for _ in range(MOST_FIRST_PAINTS):
            for at, paints in times.items():
                page.browser.open("about:blank")
                page.browser.command("Network.clearBrowserCache")
                page.browser.open(at)
                paints.append(page.browser.first_paint())
            ours, words = (min(paints) for paints in times.values())
            if ours < max(FIRST_PAINT_MILLIS, MOST_FIRST_PAINTS_OF_A_WORD * words):
                return
        raise AssertionError(f"{times} ms")


def processor_seconds(process):
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_open_pages_cost_little(scratch):
    """Twenty, half of which show a job, as often as they ask (src/jobs.jsx, src/job.jsx)."""
    seconds = 4
    with Server(scratch) as server:
        server.start(TABLES + SALES + COUNTS)
        job = next(one["jid"] for one in server.get("/jobs/overview")["jobs"] if one["name"] == "sales")
        pages = [http.client.HTTPConnection(server.host, server.port, timeout=30) for _ in range(20)]
        costs = []
        for asking in (False, True):
            before = processor_seconds(server.process.pid)
            end = time.monotonic() + seconds
            for second in range(seconds):
                for i, page in enumerate(pages if asking else ()):
                    if i % 2 == 0 or (second + i // 2) % 2 == 0:
                        page.request("GET", f"/v1/jobs/{job}/figures" if i % 2 == 0 else "/v1/figures", headers={"Authorization": f"Bearer {server.token}"})
                        expect(page.getresponse().read().startswith(b'{"now"'), "figures")
                time.sleep(max(0, end - seconds + second + 1 - time.monotonic()))
            costs.append((processor_seconds(server.process.pid) - before) / seconds)
        # Alone it is below 0.02. Other tests run beside this one: what is wanted here is that no page costs ten times that.
        expect(costs[1] - costs[0] < 0.1, f"{costs} of a core")


def test_views_of_jobs(scratch):
    with Page(scratch, SALES + COUNTS) as page:
        browser, server = page.browser, page.server
        job = page.checkpointed("sales")
        browser.sees(".list tbody th", "counts")
        browser.sees(".list tbody th", "sales")
        rate = browser.until(lambda: [text for text in browser.texts("td[data-name='Rows/s'] b") if text != "–"], "rates are known")
        expect(all(200 < float(text.split()[0]) * (1000 if "K" in text else 1) < 2000 for text in rate), rate)
        browser.click(".list a", "sales")
        browser.sees("h1", "sales")
        operators = server.get(f"/jobs/{job}/figures")["operators"]
        browser.until(lambda: browser.count("g.operator") == len(operators), "every operator is in the graph")
        browser.sees(".flow text", "/s")
        browser.sees(".verdict", "No bottleneck")
        browser.sees(".chart canvas")
        node = next(one for one in operators if one["kind"] == "WindowAggregate")
        browser.click(f"g.operator[data-uid='{node['uid']}']")
        browser.sees(".panel dd code", node["uid"])
        browser.sees(".panel mark")
        browser.keys(Keys.ESCAPE)
        browser.gone(".panel")
        browser.click(".tabs a", "Checkpoints")
        browser.sees("td[data-name='Where']", "chk-")
        before = server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"]
        browser.click("button", "Checkpoint")
        browser.sees(".said", "is complete")
        expect(server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > before, "a checkpoint was taken")
        browser.click("button", "Savepoint…")
        browser.sees("dialog input").send_keys(os.path.join(scratch.path, "saved"))
        browser.click("dialog button", "Take it")
        browser.sees(".said", "The savepoint is in")
        expect(len(os.listdir(os.path.join(scratch.path, "saved"))) == 1, "it is there")
        browser.click(".tabs a", "SQL")
        browser.sees("pre.code", "INSERT INTO totals")
        browser.sees("pre.code", "CREATE TABLE orders")
        browser.click(".tabs a", "Options")
        browser.sees("code", "execution.checkpointing.interval")
        browser.click(".tabs a", "Failures")
        browser.sees("h2", "Nothing has failed")
        browser.click("button", "Stop…")
        browser.keys(Keys.ESCAPE)
        browser.gone("dialog")
        expect(server.get(f"/jobs/{job}/status")["status"] == "RUNNING", "Escape is no")
        browser.click("button", "Stop…")
        browser.sees("dialog input").send_keys(os.path.join(scratch.path, "stopped"))
        browser.click("dialog button", "Stop it")
        browser.sees(".said", "Stopped. The savepoint is in")
        browser.sees(".state", "suspended")
        browser.click("button", "Go on")
        browser.sees(".said", "Job sales continues from its last checkpoint.")
        browser.sees(".state", "running")
        page.go("#/jobs")
        browser.click(".list a", "counts")
        browser.click("button", "Cancel…")
        browser.click("dialog button", "Cancel it")
        browser.sees(".state", "canceled")
        against = [line for line in browser.log() if "Content Security" in line]
        expect(not against, against)


def at_once(browser, element, expression):
    """Clicks, and returns what an expression is as soon as the page has drawn what comes of it, which is before that is painted."""
    return browser.driver.execute_async_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}));"
                                               f"setTimeout(done => done({expression}), 0, arguments[1]);", element)


def test_escape_closes_what_is_open(scratch):
    with Page(scratch, SALES) as page:
        browser = page.browser
        page.go(f"#/jobs/{page.job('sales')}")
        # Who presses it at once, for whom nothing was painted yet.
        given = at_once(browser, browser.sees("g.operator", "Scan"), "document.activeElement.getAttribute('aria-label')")
        expect(given == "Close", given)
        browser.keys(Keys.ESCAPE)
        browser.gone(".panel")
        expect(at_once(browser, browser.sees("button", "Stop…"), "document.querySelector('dialog').open"), "the dialog is open")
        browser.keys(Keys.ESCAPE)
        browser.gone("dialog")
        # Who has clicked elsewhere meanwhile; a dialog goes first, and alone.
        browser.click("g.operator", "Scan")
        browser.sees(".panel")
        browser.click(".figures")
        expect(not browser.script("return document.querySelector('.panel').contains(document.activeElement)"), "the panel has not the focus")
        browser.click("button", "Cancel…")
        browser.sees("dialog")
        browser.keys(Keys.ESCAPE)
        browser.gone("dialog")
        expect(browser.count(".panel") == 1, "the panel is still there")
        browser.keys(Keys.ESCAPE)
        browser.gone(".panel")


def test_a_bottleneck_and_a_failure_are_named(scratch):
    fast = TABLES.replace("'rows-per-second' = '400'", "'rows-per-second' = '10000000'")
    heavy = "CHAR_LENGTH(REGEXP_REPLACE(REPEAT(CAST({} AS STRING), 40), '[1-5]+.?[6-9]', 'xy'))"
    with Page(scratch) as page:
        browser = page.browser

        def names_calc(why):
            """In one sentence, after some seconds: the first of them are of a job that starts."""
            browser.until(lambda: [text for text in browser.texts(".verdict.warn") if text.startswith("Calc") and why in text], f"Calc is named, {why}")

        page.server.start(fast + f"CREATE JOB source AS INSERT INTO audit SELECT item, {heavy.format('price')} FROM orders;")
        page.go(f"#/jobs/{page.job('source')}")
        names_calc("takes rows as fast as it can")
        browser.sees("g.operator.bottleneck", "Calc")
        page.server.stop("source")
        page.server.start(fast + "SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE';\nCREATE JOB behind AS INSERT INTO audit "
                          f"SELECT item, {heavy.format('n')} FROM (SELECT item, COUNT(*) AS n FROM orders GROUP BY item);")
        page.go(f"#/jobs/{page.job('behind')}")
        names_calc("and what feeds it waits")
        browser.sees(".flow.high text, .flow.low text", "waits")
        page.server.stop("behind")
        page.server.start("SET 'restart-strategy.type' = 'none';" + TABLES
                          + "CREATE JOB broken AS INSERT INTO audit SELECT item, 1 / (item - item) FROM orders;", fails=True)
        page.go("#/jobs")
        browser.sees("td.reason", "division by zero")
        browser.click(".list.ended a", "broken")
        browser.sees(".problem", "division by zero")
        browser.click(".tabs a", "Failures")
        browser.sees("pre.code", "division by zero")


EDITOR_FILES = "return performance.getEntriesByType('resource').filter(e => e.name.includes('/page/editor.js') && e.responseEnd > 0).length"


def test_the_editor_is_fetched_when_it_is_wanted(scratch):
    with Page(scratch, COUNTS) as page:
        browser = page.browser
        browser.sees(".list a", "counts")
        page.go(f"#/jobs/{page.job('counts')}")
        browser.sees("g.operator")
        expect(browser.script(EDITOR_FILES) == 0, "who looks at jobs does not wait for it")
        # A slow way to the server: one who leaves before it has come finds nothing of it elsewhere, and it when he comes back.
        browser.command("Network.enable")
        browser.command("Network.emulateNetworkConditions", offline=False, latency=1500, downloadThroughput=-1, uploadThroughput=-1)
        page.go("#/sql")
        browser.sees(".editor[aria-busy=true] .waiting")
        for control in ("button.primary", "select"):
            expect(browser.sees(f".actions {control}").get_attribute("disabled"), f"{control} needs the editor")
        page.go("#/jobs")
        browser.sees(".list, .waiting")
        browser.until(lambda: browser.script(EDITOR_FILES) > 0, "it has come")
        time.sleep(0.3)
        expect(browser.count(".editor, .cm-content") == 0, "nothing of it is here")
        browser.command("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        page.go("#/sql")
        browser.sees(".cm-content")
        browser.until(lambda: browser.focused() == "SQL", "it has the focus")
        expect(not browser.sees(".actions button.primary").get_attribute("disabled") and browser.count(".editor .waiting") == 0, "it is there")
        browser.write("SELECT 1 AS kept")
        browser.until(lambda: "kept" in browser.script("return sessionStorage.getItem('weir.sql') ?? ''"), "the tab keeps it")
        # The server does not answer, or was upgraded.
        for place in ("sql", f"jobs/{page.job('counts')}/edit"):
            browser.open("about:blank")
            browser.command("Network.clearBrowserCache")
            browser.command("Network.setBlockedURLs", urls=["*/page/editor.js*"])
            browser.open(f"{page.at}#/{place}")
            browser.sees(".problem", "The editor could not be fetched")
            expect(browser.count(".editor") == 0, "no empty editor")
            browser.command("Network.setBlockedURLs", urls=[])
            browser.click("button", "Load the page anew")
            browser.sees(".cm-content", "kept" if place == "sql" else "INSERT INTO")
        # Chromium itself styles what is pasted, which the policy forbids.
        against = [line for line in browser.log() if "BLOCKED_BY_CLIENT" not in line and "Applying inline style" not in line]
        expect(not against, against)


def test_the_editor(scratch):
    with Page(scratch) as page:
        browser = page.browser
        page.go("#/sql")
        browser.sees(".cm-content")
        browser.write("CREATE TABLE t (aa BIGINT, bb STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\n"
                      "SELECT aaa, 'ä' FROM t;\nSELECT bb FRM t;")
        browser.sees(".findings li", 'did you mean "aa"')
        browser.until(lambda: browser.count(".cm-lintRange-error") >= 2, "both are marked")
        expect("aaa" in browser.texts(".cm-lintRange-error"), browser.texts(".cm-lintRange-error"))
        expect(page.server.get("/catalog")["tables"] == [], "nothing was created by it")
        # Completion of a column of a table that only the script has, and of a table.
        browser.write("CREATE TABLE t (amount BIGINT, bb STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\nSELECT ")
        browser.keys(Keys.END, "x")
        browser.keys(Keys.BACKSPACE)
        browser.write("SELECT am FROM t")
        browser.gone(".cm-lintRange-error", "nothing")
        page.server.ask("/sql", "POST", {"statement": "CREATE TABLE measured (amount BIGINT, bb STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '50')"})
        browser.script("location.reload()")
        browser.sees(".cm-content")
        browser.write("SELECT amount FROM mea")
        browser.chord(Keys.CONTROL, Keys.SPACE)
        browser.sees(".cm-tooltip-autocomplete li", "measured")
        time.sleep(0.3)  # what opened just now takes no key yet, against accidents
        browser.keys(Keys.ENTER)
        browser.until(lambda: "FROM measured" in browser.texts(".cm-content")[0], "it is completed")
        # Rows as they come, until they are not wanted any more.
        browser.chord(Keys.CONTROL, Keys.ENTER)
        browser.sees(".rows tbody tr")
        browser.sees(".result [role=status]", "Live: ")
        counts = [int(re.search(r"Live: ([\d,]+)", browser.texts(".result [role=status]")[0]).group(1).replace(",", ""))]
        browser.until(lambda: "Live: " in browser.texts(".result [role=status]")[0]
                      and int(re.search(r"([\d,]+)", browser.texts(".result [role=status]")[0]).group(1).replace(",", "")) > counts[0] + 20, "more come")
        browser.click("button", "Cancel")
        browser.sees(".result [role=status]", "Cancelled: ")
        # Changes take rows back.
        browser.write("SELECT MOD(amount, 3) AS k, COUNT(*) AS n FROM measured GROUP BY MOD(amount, 3)")
        browser.chord(Keys.CONTROL, Keys.ENTER)
        browser.sees(".result [role=status]", "Live: ")
        browser.until(lambda: browser.count(".rows tbody tr") in (3, 5), "a row for each group")
        browser.click("button", "Cancel")
        # What fails says why.
        browser.write("SELECT * FROM nowhere")
        browser.chord(Keys.CONTROL, Keys.ENTER)
        browser.sees(".result .problem", "nowhere")
        # Every example is right, and the one with a job starts it.
        for name in browser.script("return [...document.querySelectorAll('select option')].slice(1).map(o => o.textContent)"):
            browser.script("const s = document.querySelector('select'); s.value = arguments[0]; s.dispatchEvent(new Event('change', {bubbles: true}))", name)
            time.sleep(1)
            expect(browser.texts(".findings li") == [], f"{name}: {browser.texts('.findings li')}")
        browser.click("button", "Run all")
        browser.sees(".result p", "Job example is running.")
        expect(page.job("example"), "it runs")


def test_a_script_is_as_in_the_shell(scratch):
    """What changes the session holds for the statements behind it, and numbers have all of their digits."""
    with Page(scratch) as page:
        browser = page.browser
        page.go("#/sql")
        browser.sees(".cm-content")
        browser.write("CREATE DATABASE other;\nUSE other;\nSET pipeline.name = x;\nCREATE TEMPORARY VIEW v AS SELECT CURRENT_DATABASE() AS d;\nSELECT d FROM v")
        browser.click("button", "Run all")
        browser.until(lambda: browser.texts(".rows tbody td") == ["other"], "the database that it uses")
        browser.write("SET pipeline.name = x;\nRESET;\nSET 'table.local-time-zone' = 'Asia/Tokyo';\nSET")
        browser.click("button", "Run all")
        browser.sees(".rows tbody td", "Asia/Tokyo")
        expect("pipeline.name" not in browser.texts(".rows tbody td"), "it was reset")
        browser.write("SELECT 9223372036854775807 AS a, CAST('12345678901234567890.120' AS DECIMAL(38, 3)) AS b, CAST(1.50 AS DECIMAL(3, 2)) AS c, "
                      "ARRAY[9007199254740993, 7] AS d, '9007199254740993' AS e, 1e300 AS f, 12 AS g, '\"1.50' AS h")
        browser.chord(Keys.CONTROL, Keys.ENTER)
        wanted = ["9223372036854775807", "12345678901234567890.120", "1.50", "[9007199254740993,7]", "9007199254740993", "1.0E300", "12", '"1.50']
        browser.until(lambda: browser.texts(".rows tbody td") == wanted, f"{wanted}, not {browser.texts('.rows tbody td')}")
        expect(browser.count(".rows tbody td.number") == 5, "numbers are to the right")


def committed(scratch):
    rows = []
    for directory, _, names in os.walk(os.path.join(scratch.path, "copied")):
        for name in names:
            if not name.startswith((".", "_")):
                with open(os.path.join(directory, name), encoding="ascii") as file:
                    rows += [int(line) for line in file]
    return sorted(rows)


def replace_in_editor(browser, old, new):
    """Changes a part of the new query as somebody would who types it there."""
    text = browser.script(FIND_EDITOR + "return view.state.doc.toString()")
    expect(old in text, text)
    browser.script(FIND_EDITOR + "const at = view.state.doc.toString().indexOf(arguments[0]);"
                   "view.dispatch({changes: {from: at, to: at + arguments[0].length, insert: arguments[1]}})", old, new)


FIND_EDITOR = """
const root = document.querySelector('.compare').shadowRoot;
const view = root.querySelector('.cm-content[aria-label="The new query"]').cmTile?.view ?? root.querySelector('.cm-content[aria-label="The new query"]').cmView?.view;
"""


def test_a_running_query_is_edited(scratch):
    with Page(scratch, SALES) as page:
        browser = page.browser
        job = page.checkpointed("sales")
        page.go(f"#/jobs/{job}")
        browser.click("a", "Edit the query")
        browser.sees(".cm-content[aria-label='The new query']")
        browser.sees(".cm-content[aria-label='The query as it runs']")
        expect(browser.sees("button.primary").get_attribute("disabled"), "there is nothing to do yet")
        replace_in_editor(browser, "SUM(price) AS total", "MAX(price) AS total")
        browser.sees(".badge", "PARTIAL")
        browser.sees(".badge", "FULL")
        expect(browser.sees("button.primary").get_attribute("disabled"), "it is refused without what must be allowed")
        while browser.until(lambda: [one for one in browser.driver.find_elements("css selector", ".allow input:not(:checked)")] or
                            not browser.sees("button.primary").get_attribute("disabled"), "verdicts") is not True:
            browser.click(".allow input:not(:checked)")
            browser.until(lambda: "Checking" not in browser.sees("button.primary").text, "it is asked again")
            time.sleep(0.7)
        browser.click("button", "Stop, restore, watch…")
        browser.sees("dialog pre", "ALLOW PARTIAL")
        browser.click("dialog button", "Stop, restore, watch")
        browser.sees(".outcome.good", "The new query runs.")
        browser.sees(".way-back pre", "RESTORE JOB `sales` FROM '")
        browser.click(".progress a", "See the job")
        browser.sees(".state", "running")
        after = page.job("sales")
        expect(after != job and "MAX(price)" in page.server.get(f"/jobs/{after}/source")["sql"], "it is the new one")


def test_a_part_that_is_renamed_and_changed_keeps_its_state(scratch):
    part = "{} AS (SELECT item, COUNT(*) AS n{} FROM orders GROUP BY item) SELECT item, n FROM {};"
    with Page(scratch, "CREATE JOB named AS INSERT INTO audit\nWITH " + part.format("m", "", "m")) as page:
        browser = page.browser
        page.go(f"#/jobs/{page.checkpointed('named')}/edit")
        browser.sees(".cm-content[aria-label='The new query']")
        replace_in_editor(browser, part.format("m", "", "m"), part.format("mm", ", SUM(price) AS total", "mm"))
        browser.sees(".badge", "DROP")
        browser.click(".allow.loose", "It is a rename: WITH STATE MAPPING")
        browser.gone(".badge", "DROP")
        browser.sees(".badge", "PARTIAL")
        browser.click("button", "Undo all")
        browser.gone(".badge")


def test_a_new_query_that_dies_at_once_leaves_the_old_one(scratch):
    with Page(scratch, COPY) as page:
        browser = page.browser
        job = page.checkpointed("copy")
        page.go(f"#/jobs/{job}/edit")
        browser.sees(".cm-content[aria-label='The new query']")
        replace_in_editor(browser, "SELECT id", "SELECT 1 / (id - id)")
        browser.sees(".badge", "SEMANTIC")
        browser.click(".allow input")
        browser.until(lambda: not browser.sees("button.primary").get_attribute("disabled"), "it is allowed")
        browser.click("button", "Stop, restore, watch…")
        began = time.monotonic()
        browser.click("dialog button", "Stop, restore, watch")
        # A closed tab must not leave the job down.
        browser.until(lambda: re.search("/edit/[0-9a-f]{32}", browser.script("return location.hash")), "it is under way")
        address = browser.script("return location.hash")
        browser.open("about:blank")
        page.server.until(lambda: page.server.get(f"/restore/{address.split('/')[-1]}")["status"]["id"] == "COMPLETED", "it ends")
        expect(time.monotonic() - began < 30, f"{time.monotonic() - began} s")
        browser.open(page.at + address)
        browser.sees(".outcome.care", "The old one runs again")
        browser.sees(".progress pre", "division by zero")
        again = page.job("copy")
        before = len(committed(scratch))
        page.server.until(lambda: len(committed(scratch)) > before + 200, "rows come again")
        page.server.stop("copy")
        rows = committed(scratch)
        expect(rows == list(range(1, len(rows) + 1)), f"rows as if never edited: {len(rows)}, {rows[:3]}…{rows[-3:]}")
        expect(again != job, "it went on from the savepoint")


def test_the_keyboard_alone(scratch):
    with Page(scratch, SALES) as page:
        browser = page.browser
        browser.sees(".list a", "sales")
        browser.keys(Keys.TAB)
        expect(browser.focused() == "To the content", browser.focused())
        browser.tab_to("sales")
        browser.keys(Keys.ENTER)
        browser.sees("g.operator")
        browser.tab_to("Scan")
        browser.keys(Keys.ENTER)
        browser.sees(".panel")
        expect(browser.focused() == "Close", browser.focused())
        browser.keys(Keys.ESCAPE)
        browser.gone(".panel")
        browser.script("document.getElementById('main').focus()")
        browser.tab_to("Cancel…")
        browser.keys(Keys.ENTER)
        browser.sees("dialog")
        browser.keys(Keys.ESCAPE)
        browser.gone("dialog")
        browser.script("document.querySelector('.brand').focus()")
        browser.tab_to("SQL")
        browser.keys(Keys.ENTER)
        browser.sees(".cm-content")
        browser.until(lambda: browser.focused() == "SQL", "the editor has the focus")
        browser.tab_to("Theme", most=80)  # Tab leaves the editor


def views(page):
    """Each view, in the state that is looked at."""
    browser = page.browser
    job = page.job("sales")
    page.server.ask("/sql", "POST", {"statement": SOURCE.strip().rstrip(";")})
    yield "login", lambda: (browser.script("sessionStorage.clear()"), browser.open("about:blank"), browser.open(page.at), browser.sees("form.login"))
    yield "jobs", lambda: (browser.open("about:blank"), browser.open(f"{page.at}#token={page.server.token}"), browser.sees(".list a", "sales"),
                           browser.until(lambda: browser.count(".spark polyline") >= 2, "lines"))
    yield "job", lambda: (page.go(f"#/jobs/{job}"), browser.sees(".chart canvas"), browser.sees("g.operator"), browser.sees(".flow text", "/s"))
    yield "operator", lambda: (browser.click("g.operator[data-uid='sink:totals/wagg']"), browser.sees(".panel mark"))
    yield "checkpoints", lambda: (page.go(f"#/jobs/{job}/checkpoints"), browser.sees("td[data-name='Where']"))
    yield "statement", lambda: (page.go(f"#/jobs/{job}/sql"), browser.sees("pre.code"))
    yield "question", lambda: (browser.click("button", "Stop…"), browser.sees("dialog"))
    yield "sql", lambda: (page.go("#/sql"), browser.sees(".cm-content"),
                          browser.write("SELECT item, COUNT(*) AS n\nFROM orders\nGROUP BY itm;\n\nSELECT item, COUNT(*) AS n, ROUND(AVG(price), 2) AS mean\nFROM orders\nGROUP BY item;"),
                          browser.sees(".findings li"), browser.chord(Keys.CONTROL, Keys.ENTER), browser.sees(".rows tbody tr"))
    yield "edit", lambda: (page.go(f"#/jobs/{job}/edit"), browser.sees(".cm-content[aria-label='The new query']"),
                           browser.script("sessionStorage.removeItem('weir.edit.' + arguments[0])", job),
                           "MAX(price)" in browser.script(FIND_EDITOR + "return view.state.doc.toString()")
                           or replace_in_editor(browser, "SUM(price) AS total", "MAX(price) AS total"), browser.sees(".badge", "PARTIAL"))


def test_it_is_for_everybody(scratch):
    """axe-core in both themes and at both widths; and pictures for the documents."""
    place, why_not = installed()
    if place is None:
        return skip("axe", f"axe-core cannot be had here: {why_not}")
    with open(os.path.join(place, "node_modules", "axe-core", "axe.min.js"), encoding="utf-8") as file:
        axe = file.read()
    wrong = []
    with Page(scratch, SALES + COUNTS) as page:
        page.checkpointed("sales")
        for name, arrange in views(page):
            page.browser.prefers("light")
            page.browser.size(*WIDTHS[0])
            arrange()
            if os.environ.get("WEIR_WRITE_PAGES") and name in PICTURED:
                os.makedirs(PICTURES, exist_ok=True)
                page.browser.picture(os.path.join(PICTURES, f"{name}.png"))
            for scheme in ("light", "dark"):
                page.browser.prefers(scheme)
                for width, height in WIDTHS:
                    page.browser.size(width, height)
                    time.sleep(0.3)  # what is drawn anew for the width
                    wrong += [f"{name} {scheme} {width}: {line}" for line in page.browser.violations(axe)]
                    over = page.browser.script("return document.documentElement.scrollWidth - innerWidth")
                    if over > 0:
                        wrong.append(f"{name} {scheme} {width}: {over} pixels too wide")
    expect(not wrong, "\n".join(wrong))


if __name__ == "__main__":
    run_all(globals())
