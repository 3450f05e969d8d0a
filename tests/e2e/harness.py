"""What the end-to-end stories share: running `dure`, asking nodes, checking and telling.

A story is a list of steps in words; each check either holds or ends the story with what was found instead.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "build/release/bin"
DURE = BIN / "dure"
CLIENTS = ROOT / "tests/web/clients"

_began = time.monotonic()
_children = []
passed = 0


def tell(text):
    print(f"{time.monotonic() - _began:5.0f} s  {text}", flush=True)


def check(holds, what, found=""):
    """One thing that must hold."""
    global passed
    if not holds:
        tell(f"FAILED: {what}" + (f"; found: {found}" if found != "" else ""))
        finish(1)
    passed += 1
    tell(f"  ok: {what}")


def finish(failed=0):
    for child in _children:
        stop(child)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def run(*arguments, wallet=None, node=None, expect=0, json_out=True, stdin=None, timeout=120):
    """Runs a `dure` command to its end; returns its JSON (or text). Any other exit status than expected is a failure."""
    command = [str(DURE), *map(str, arguments)] + (["--json"] if json_out else [])
    environment = dict(os.environ, DURE_WALLET=str(wallet or "/nonexistent"), DURE_NODE=node or "http://127.0.0.1:1")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, input=stdin, timeout=timeout, check=False)
    if done.returncode != expect:
        check(False, f"{' '.join(command)} exits with {expect}", f"{done.returncode}\n{done.stdout}{done.stderr}")
    if expect != 0:
        return json.loads(done.stderr.strip().splitlines()[-1])["error"] if json_out else done.stderr
    return json.loads(done.stdout) if json_out else done.stdout


def start(command, log, environment=None):
    """Starts a process in the background; `finish` ends it."""
    with open(log, "ab") as out:
        child = subprocess.Popen(list(map(str, command)), stdout=out if environment is None or "PIPE" not in environment else subprocess.PIPE,
                                 stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                                 env=dict(os.environ, **{k: v for k, v in (environment or {}).items() if k != "PIPE"}))
    _children.append(child)
    return child


def stop(child, how=signal.SIGTERM, patience=30):
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return child.returncode


def ask(url, method, path, body=None, headers=None, timeout=60):
    """(status, headers, parsed JSON or text) of one request; raises OSError if nobody answers."""
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = text
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, parsed
    finally:
        connection.close()


def install_clients():
    """The independent clients of tests/web/clients, by their lock file. False, with a word why, where npm or its registry cannot be had."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        tell("SKIPPED: OpenAI's client, because npm is not installed (tools/install_packages does it)")
        return False
    if (CLIENTS / "node_modules/.package-lock.json").exists():
        return True
    tell("installing OpenAI's client and mppx by their lock file")
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=CLIENTS, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    if any(word in done.stderr for word in ("ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "EIDLETIMEOUT")):
        tell("SKIPPED: OpenAI's client, because npm's registry cannot be reached")
        return False
    check(False, "npm ci installs the clients", done.stderr[-2000:])
    return False


def get(url, path):
    status, _, value = ask(url, "GET", path)
    check_quietly(status == 200, f"GET {path} answers 200", f"{status} {value}")
    return value


def check_quietly(holds, what, found=""):
    if not holds:
        check(holds, what, found)


def wait_until(what, test, patience=180, every=0.3):
    """Waits until test() gives something true, and returns that; what is unreachable meanwhile counts as not yet."""
    deadline = time.monotonic() + patience
    while True:
        try:
            found = test()
        except (OSError, http.client.HTTPException):
            found = None
        if found:
            return found
        if time.monotonic() > deadline:
            check(False, f"within {patience} s: {what}")
        time.sleep(every)
