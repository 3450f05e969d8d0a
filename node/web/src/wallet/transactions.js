// Making, signing and sending transactions (docs/protocol/transactions.md), and waiting until they are final.
import {get, post} from '../api.js';
import {from_hex, hex, joined, prefixed, u64, u8} from '../proof/codec.js';
import {tagged} from '../proof/hash.js';

export const fee = 10_000n; // grain
const valid_blocks = 200;
const patience = 60_000;
const pause = 300;

const tags = {open_channel: 11, top_up_channel: 12};
const none = u8(0);

export function open_channel(server, deposit) {
  return joined(u8(tags.open_channel), server, u64(deposit));
}

export function top_up_channel(channel, amount) {
  return joined(u8(tags.top_up_channel), from_hex(channel), u64(amount));
}

export function channel_of(transaction_id) {
  return hex(tagged('dure/channel', from_hex(transaction_id)));
}

/** Sends a payload, signed by the key, and waits until its block is final. Gives the transaction's id; throws if it failed. */
export async function send(key, payload, {signal} = {}) {
  const {chain_id, height} = await get('/v1/status', {signal});
  const {next_nonce} = await get(`/v1/accounts/${key.address}`, {signal});
  const body = joined(from_hex(chain_id), key.account, u64(next_nonce), u64(fee), u64(height + valid_blocks), none, prefixed(payload));
  const id = tagged('dure/transaction', body);
  await post('/v1/transactions', {transaction: hex(joined(body, key.sign(id), none))});
  for (const deadline = Date.now() + patience; Date.now() < deadline;) {
    const found = await get(`/v1/transactions/${hex(id)}`, {signal});
    if (found.status === 'final') {
      if (!found.ok) throw new Error(found.message);
      return hex(id);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
  throw new Error(`transaction ${hex(id)} did not become final within ${patience / 1000} s`);
}
