// What the page's checks share: a real Chromium, pages that record every error, axe's accessibility check, and telling.
import {execFileSync, spawn} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {chromium} from 'playwright-core';

const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const patience = 20_000;

export const node = process.env.DURE_NODE;
let passed = 0;

export function check(holds, what, found = '') {
  if (!holds) throw new Error(`${what}${found === '' ? '' : `; found: ${found}`}`);
  passed += 1;
  console.log(`  ok: ${what}`);
}

export function passed_count() {
  return passed;
}

export async function ask(path, options) {
  const response = await fetch(node + path, options);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return response.json();
}

/** Runs `dure …` with the devnet's wallet. */
export function dure(...command) {
  return JSON.parse(execFileSync(process.env.DURE, [...command, '--json'], {encoding: 'utf8'}));
}

/** Runs `dure proxy` with that key in a wallet of its own, whose book nobody else writes, while `use(address)` goes on. */
export async function with_proxy(key, use) {
  const wallet = mkdtempSync(join(tmpdir(), 'dure-proxy-'));
  copyFileSync(join(process.env.DURE_WALLET, `${key}.key`), join(wallet, `${key}.key`));
  writeFileSync(join(wallet, 'default'), `${key}\n`);
  const proxy = spawn(process.env.DURE, ['proxy', '--listen', '127.0.0.1:0', '--json'], {
    env: {...process.env, DURE_WALLET: wallet}, stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const line = await new Promise((resolve, reject) => {
      proxy.stdout.once('data', (text) => resolve(text.toString()));
      proxy.once('exit', (code) => reject(new Error(`dure proxy ended with ${code}`)));
    });
    return await use(JSON.parse(line).url.replace(/\/v1$/, ''));
  } finally {
    proxy.kill('SIGINT');
    await new Promise((resolve) => { if (proxy.exitCode !== null) resolve(); else proxy.once('exit', resolve); });
    rmSync(wallet, {recursive: true});
  }
}

export async function launch() {
  return chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage']});
}

/** A reader: language, colours, and a screen. */
export async function reader(browser, {language = 'en', theme = 'light', width = 1280, height = 900, scale = 1} = {}) {
  const context = await browser.newContext({viewport: {width, height}, deviceScaleFactor: scale});
  context.setDefaultTimeout(patience);
  await context.addInitScript(([chosen, colours]) => {
    localStorage.setItem('dure.language', chosen);
    localStorage.setItem('dure.theme', colours);
  }, [language, theme]);
  const page = await context.newPage();
  page.errors = [];
  page.on('console', (message) => { if (message.type() === 'error') page.errors.push(message.text()); });
  page.on('pageerror', (error) => page.errors.push(error.message));
  return page;
}

/** Opens a place of the page and waits until it is there. */
export async function open(page, place) {
  await page.goto(`${node}/${place}`);
  if (place.startsWith('#')) await page.evaluate(() => dispatchEvent(new HashChangeEvent('hashchange')));
  await page.waitForSelector('main:not([aria-busy]) h1');
}

/** No finding of axe: WCAG 2.2 A and AA, and its best practices. */
export async function accessible(page, what) {
  await page.evaluate(axe_source); // not a script of the page: its policy forbids those
  const {violations} = await page.evaluate(() => globalThis.axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}));
  const found = violations.map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map(({html, failureSummary}) => `${html} (${failureSummary})`).join(' | ')}`);
  check(found.length === 0, `${what}: axe finds nothing`, found.join('\n'));
}
