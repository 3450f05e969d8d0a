import {ask, check, open, reader} from '../browser.mjs';

async function find(page, text) {
  await page.fill('.search input', text);
  await page.press('.search input', 'Enter');
  await page.waitForSelector('main:not([aria-busy]) h1');
}

async function searching(page) {
  const {items} = await ask('/v1/owners?limit=2');
  const {address} = items[0];
  await open(page, '#/');
  await find(page, address);
  await page.waitForURL(`**/#/accounts/${address}`);
  check(true, 'an address leads to its account');
  await find(page, address.slice(0, 12));
  await page.waitForURL(`**/#/accounts/${address}`);
  check(true, 'so does its beginning');
  const transaction = (await ask('/v1/transactions?limit=1')).items[0];
  await find(page, transaction.id);
  await page.waitForURL(`**/#/transactions/${transaction.id}`);
  check(true, 'a hash leads to its transaction');
  await find(page, '1');
  await page.waitForSelector('.found a');
  const meant = await page.locator('.found a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  check(meant.includes('#/rounds/1') && meant.includes('#/blocks/1'), 'a number may be a round or a block', meant);
}

async function paging(page) {
  await open(page, '#/blocks');
  const rows = () => page.locator('tbody tr').count();
  const before = await rows();
  await page.click('button.more');
  await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length > count, before);
  const heights = await page.locator('tbody tr th a').allInnerTexts();
  const numbers = heights.map((height) => Number(height.slice(1)));
  check(numbers.every((height, i) => i === 0 || height === numbers[i - 1] - 1), 'a list goes on where it stopped', numbers.slice(20, 30));
}

async function by_keyboard(browser) {
  const page = await reader(browser);
  await open(page, '#/');
  await page.keyboard.press('Tab');
  check((await page.evaluate(() => document.activeElement.className)) === 'skip', 'the first stop of the keyboard skips to the content');
  await page.keyboard.press('Enter');
  check((await page.evaluate(() => document.activeElement.id)) === 'main', 'and does');
  await page.focus('nav a[href="#/rounds"]');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.tagName === 'H1' && location.hash === '#/rounds');
  check(true, 'a link by keyboard leads to the page and reads its heading out');
  await page.context().close();
}

async function receipt(page) {
  const {items} = await ask('/v1/rounds?limit=100');
  await open(page, `#/rounds/${items.find((round) => round.phase === 'decided').number}`);
  const said = await page.innerText('.notice-good');
  check(/all \d+ numbers follow/.test(said), 'a receipt is computed again in the browser', said);
  const row = await page.locator('table:has(.badge-compute) tbody tr').count();
  check(row >= 3, 'and shows its lines', row);
}

export async function reading(browser) {
  const page = await reader(browser);
  await searching(page);
  await paging(page);
  await by_keyboard(browser);
  await receipt(page);
  await page.click('.switches button[lang=ko]');
  await page.waitForFunction(() => document.documentElement.lang === 'ko' && document.querySelector('h1').textContent.includes('라운드'));
  check(true, 'the language changes where one stands');
  check(page.errors.length === 0, 'no errors on the console', page.errors.join('\n'));
  await page.context().close();
}
reading.title = 'Searching, paging, the keyboard, a receipt';
