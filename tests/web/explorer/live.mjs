import {ask, check, node, open, reader} from '../browser.mjs';

const newest = () => Number(document.querySelector('.newest').textContent.slice(1));

/** The first events of a connection, as text. */
async function first_events(last_id) {
  const abort = new AbortController();
  const response = await fetch(node + '/v1/events', {headers: last_id ? {'last-event-id': String(last_id)} : {}, signal: abort.signal});
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if ((text.match(/event: block/g) ?? []).length >= 4) break;
  }
  abort.abort();
  return text;
}

export async function live_updates(browser) {
  const page = await reader(browser);
  await open(page, '#/');
  await page.waitForSelector('.live-open');
  const before = await page.evaluate(newest);
  await page.waitForFunction((height) => Number(document.querySelector('.newest').textContent.slice(1)) >= height + 2, before);
  check(true, 'blocks come in without a reload');
  const tiles = await page.locator('.tiles li').count();
  check(tiles <= 28, 'and the row of blocks stays as long as it was', tiles);

  await page.route('**/v1/events', (route) => route.abort());
  const {height} = await ask('/v1/status');
  const seen = await first_events(height - 3);
  const ids = [...seen.matchAll(/id: (\d+)\nevent: block/g)].map(([, id]) => Number(id));
  check(ids[0] === height - 2 && ids.every((id, i) => i === 0 || id === ids[i - 1] + 1), 'who comes back is told what he missed, in order', ids);
  const far = await first_events(1);
  check(far.includes('event: gap') === height > 33, 'who was away for long is told that there is a gap');
  await page.context().close();

  // A connection that breaks is made again.
  const other = await reader(browser);
  let blocked = true;
  await other.route('**/v1/events', (route) => (blocked ? route.abort() : route.continue()));
  await open(other, '#/');
  await other.waitForSelector('.live-lost');
  blocked = false;
  await other.waitForSelector('.live-open');
  check(true, 'a lost connection is shown, and made again');
  await other.context().close();
}
live_updates.title = 'What happens now';
