import {accessible, ask, check, node, open, reader} from '../browser.mjs';

/** Every kind of page with something real on it. */
export async function places() {
  const [owners, rounds, shards, transactions, reported] = await Promise.all(
    ['/v1/owners', '/v1/rounds', '/v1/shards', '/v1/transactions', '/v1/reported'].map((path) => ask(path + '?limit=100')));
  const decided = rounds.items.find((round) => round.phase === 'decided');
  return {
    overview: '#/', rounds: '#/rounds', receipt: `#/rounds/${decided.number}`, 'round under way': `#/rounds/${rounds.items[0].number}`, owners: '#/owners',
    account: `#/accounts/${owners.items[0].address}`, data: '#/data', shard: `#/data/${shards.items[0].hash}`, blocks: '#/blocks', block: `#/blocks/${transactions.items[0].height}`,
    transactions: '#/transactions', transaction: `#/transactions/${transactions.items[0].id}`, servers: '#/servers', playground: '#/playground', search: '#/search?q=nothing',
    reported: `#/reported/${reported.items[0].id}`,
  };
}

/** Keys that were not translated look like `round.title`. */
const key = /\b(nav|live|overview|phase|round|rounds|unit|audit|receipt|reported|kind|reason|mint|owners|account|flow|proof|data|judging|shard|blocks|block|tx|transaction|field|servers|playground|search|list|error)\.[a-z_]{2,}\b/;

export async function every_page(browser) {
  const all = Object.entries(await places());
  for (const look of [{language: 'en', theme: 'light'}, {language: 'ko', theme: 'dark'}, {language: 'ko', theme: 'light', width: 360, height: 740}]) {
    const page = await reader(browser, look);
    const named = `${look.language}, ${look.theme}, ${look.width ?? 1280} wide`;
    for (const [name, place] of all) {
      await open(page, place);
      const text = await page.innerText('body');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      const title = await page.innerText('h1');
      check(title !== '' && !key.test(text) && wide <= 0, `${name} (${named}) has its words and fits`, `“${title}” ${key.exec(text)?.[0] ?? ''} ${wide} px too wide`);
      await accessible(page, `${name} (${named})`);
    }
    check(page.errors.length === 0, `no errors on the console (${named})`, page.errors.join('\n'));
    await page.context().close();
  }
  const refused = await reader(browser);
  await open(refused, '#/accounts/dure1nobody');
  check((await refused.innerText('[role=alert]')).includes('dure1nobody'), 'what the node refuses is shown with its reason');
  await refused.context().close();

  const index = await fetch(node + '/');
  const policy = index.headers.get('content-security-policy');
  check(policy.includes("default-src 'none'") && !policy.includes('unsafe'), 'the policy forbids everything inline', policy);
  const again = await fetch(node + '/', {headers: {'if-none-match': index.headers.get('etag')}});
  check(again.status === 304, 'who has the page is told so', again.status);
}
every_page.title = 'Every page, in two languages, light and dark, wide and narrow';
