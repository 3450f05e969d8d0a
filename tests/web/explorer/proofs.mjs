import {ask, check, node, open, reader} from '../browser.mjs';

/** Changes a hexadecimal digit. */
function bent(hex, at) {
  const digit = hex[at] === '0' ? '1' : '0';
  return hex.slice(0, at) + digit + hex.slice(at + 1);
}

const forgeries = [
  ['a balance that is not his', 'path', (proof) => { proof.value = bent(proof.value, 1); }],
  ['a bent path', 'path', (proof) => { proof.proof = bent(proof.proof, 40); }],
  ['a header of another state', 'final', (proof) => { proof.header = bent(proof.header, 2 * (4 + 32 + 8 + 8 + 32 + 32) + 5); }],
  ['a forged signature', 'final', (proof) => { proof.finalization = bent(proof.finalization, proof.finalization.length - 3); }],
  ['too few signers', 'final', (proof) => { proof.finalization = proof.finalization.slice(0, -128); }],
  ['an account that is said not to be there', 'path', (proof) => { proof.value = null; }],
  ['somebody else’s entry', 'path', (proof, other) => Object.assign(proof, other)],
];

async function checked(page, address) {
  await open(page, `#/accounts/${address}`);
  await page.click('text=Check in this browser');
  await page.waitForSelector('.proof .failed, .notice-good');
  return {
    failed: await page.locator('.proof .failed').evaluateAll((steps) => steps.map((step) => step.dataset.step)),
    said: await page.innerText('section:has(.proof) [role=status]'),
  };
}

export async function proofs(browser) {
  const {items} = await ask('/v1/owners?limit=2');
  const [{address}, {address: other_address}] = items;
  const page = await reader(browser);
  const honest = await checked(page, address);
  check(honest.failed.length === 0 && honest.said.includes('Proven as of block'), 'an account’s balance is proven in the browser', honest.said);
  check(page.errors.length === 0, 'no errors on the console', page.errors.join('\n'));

  const {proof: other} = await ask(`/v1/accounts/${other_address}?proof=1`);
  for (const [what, step, forge] of forgeries) {
    await page.route('**/v1/accounts/*?proof=1', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      forge(answer.proof, other);
      await route.fulfill({response, json: answer});
    });
    const {failed, said} = await checked(page, address);
    await page.unroute('**/v1/accounts/*?proof=1');
    check(failed.join() === step && said.includes('does not hold'), `refused: ${what}`, `${failed} ${said}`);
  }

  await page.route('**/v1/genesis', async (route) => {
    const genesis = Buffer.from(await (await fetch(node + '/v1/genesis')).arrayBuffer());
    genesis[60] ^= 1;
    await route.fulfill({body: genesis});
  });
  const {failed} = await checked(page, address);
  check(failed.join() === 'chain', 'refused: another chain’s validators', failed);
  await page.context().close();

  const nobody = await reader(browser);
  const absent = 'dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusdnvmgs'; // of docs/protocol/codec.md
  const none = await checked(nobody, absent);
  check(none.failed.length === 0 && none.said.includes('Proven'), 'that an account has nothing is proven, too', none.said);
  await nobody.context().close();
}
proofs.title = 'Proofs, and forged ones';
