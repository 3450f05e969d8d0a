// The node's page in a real Chromium, against a running devnet: tests/e2e/explorer starts one and runs this.
//   DURE_NODE  the node's address     DURE, DURE_WALLET  to send coins     CHROMIUM  the browser     DURE_OPENAPI  what the interface should be
import {launch, passed_count} from './browser.mjs';
import {documented} from './explorer/interface.mjs';
import {every_page} from './explorer/pages.mjs';
import {live_updates} from './explorer/live.mjs';
import {playground} from './explorer/playground.mjs';
import {proofs} from './explorer/proofs.mjs';
import {reading} from './explorer/reading.mjs';
import {screenshots} from './explorer/screenshots.mjs';

const stories = process.env.DURE_SCREENSHOTS ? [screenshots] : [documented, every_page, reading, live_updates, proofs, playground];
const browser = await launch();
let failed = 0;
for (const story of stories) {
  console.log(story.title);
  try {
    await story(browser);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${error.message}`);
  }
}
await browser.close();
console.log(`${passed_count()} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
