import {ask, check, open, reader} from '../browser.mjs';

/** What the README shows: docs/images. */
export async function screenshots(browser) {
  const folder = process.env.DURE_SCREENSHOTS;
  const {items: rounds} = await ask('/v1/rounds?limit=100');
  const {items: owners} = await ask('/v1/owners?limit=1');
  const decided = rounds.find((round) => round.phase === 'decided').number;
  const settle = (page) => page.waitForTimeout(4_000); // until some live blocks are there
  const shots = [
    ['explorer-overview', '#/', {language: 'en', theme: 'light', height: 1180}, settle],
    ['explorer-receipt', `#/rounds/${decided}`, {language: 'ko', theme: 'dark', height: 1180}, async () => {}],
    ['explorer-proof', `#/accounts/${owners[0].address}`, {language: 'en', theme: 'light', width: 1280, height: 860}, async (page) => {
      await page.click('text=Check in this browser');
      await page.waitForSelector('.notice-good');
    }],
  ];
  for (const [name, place, look, before] of shots) {
    const page = await reader(browser, look);
    await open(page, place);
    await before(page);
    await page.screenshot({path: `${folder}/${name}.png`});
    check(page.errors.length === 0, name, page.errors.join('\n'));
    await page.context().close();
  }
}
screenshots.title = 'Screenshots';
