import {ask, check, dure, open, reader, with_proxy} from '../browser.mjs';

async function buy(page, prompt) {
  await page.fill('textarea[name=prompt]', prompt);
  await page.fill('input[name=max_tokens]', '12');
  await page.click('text=Ask and pay');
  await page.waitForSelector('[data-cost], .notice-bad', {timeout: 60_000});
  const refused = await page.locator('form .notice-bad').allInnerTexts();
  if (refused.length > 0) throw new Error(refused.join());
  return BigInt(await page.getAttribute('[data-cost]', 'data-cost'));
}

export async function playground(browser) {
  const page = await reader(browser);
  await open(page, '#/playground');
  await page.click('text=Make a key');
  const address = await page.getAttribute('form .account', 'title');
  check(/^dure1\w{58}$/.test(address), 'the browser makes a key', address);
  dure('send', address, '5', '--from', 'customer');
  await page.waitForSelector('[data-balance="5000000000"]');
  check(true, 'the coins that it is sent show up by themselves');

  const costs = [await buy(page, '새 문서를 열려면'), await buy(page, '컴퓨터를')];
  const answer = await page.innerText('.answer');
  check(answer.length > '컴퓨터를'.length, 'an answer is bought', answer);
  check(costs.every((cost) => cost > 0n), 'each call costs something', costs);
  const book = await page.evaluate(() => Object.entries(localStorage).filter(([name]) => name.startsWith('dure.channel.')).map(([, text]) => JSON.parse(text)));
  check(book.length === 1, 'the second call goes through the channel that the first one opened', book.length);
  const channel = await ask(`/v1/channels/${book[0].id}`);
  check(BigInt(channel.spent) === costs[0] + costs[1] && channel.spent === book[0].spent, 'browser and server agree on what is spent, to the grain', `${channel.spent} ${book[0].spent}`);
  check(channel.payer === address, 'and the key in the browser paid', channel.payer);
  const signed = await page.innerText('.copyable:has-text("dure verify")');
  const id = /dure verify (\w{64})/.exec(signed)?.[1];
  const kept = await ask(`/v1/inference/${id}`);
  check(kept.payer === address && BigInt(kept.cost) === costs[1], 'the signed receipt behind the answer is named, and is the one that the server keeps', signed);

  await with_proxy('customer', async (proxy) => {
    await page.click('input[name=payer][value=proxy]');
    await page.fill('input[name=proxy]', proxy);
    const cost = await buy(page, '프록시로');
    const spending = await (await fetch(proxy + '/dure/spending')).json();
    check(BigInt(spending.total.cost) === cost && spending.account !== address, 'a plain proxy pays from its own wallet, and page and proxy agree on the cost', `${spending.total.cost} ${cost}`);
    check((await page.innerText('.copyable:has-text("dure verify")')) !== signed, 'that answer is signed, too');
  });
  check(page.errors.every((text) => text.includes('402')), 'no errors on the console', page.errors.join('\n'));
  await page.context().close();
}
playground.title = 'A paid call';
