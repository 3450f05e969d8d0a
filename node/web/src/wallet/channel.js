// The browser's own book of the channel to this node's server. What a voucher promises is written down before it leaves,
// and a receipt is believed only within that.
import {page, problem_of} from '../api.js';
import {key_of} from '../proof/address.js';
import {t} from '../language.js';
import {dure} from '../format.js';
import {stream_completion} from './completion.js';
import {read_challenge, read_receipt, voucher_credential} from './payment.js';
import {channel_of, fee, open_channel, send, top_up_channel} from './transactions.js';

const place = (chain_id, payer, server) => `dure.channel.${chain_id}.${payer}.${server}`;
const amounts = ['deposit', 'spent', 'promised', 'uncertain'];

function read(where) {
  const text = localStorage.getItem(where);
  if (text === null) return null;
  const kept = JSON.parse(text);
  for (const name of amounts) kept[name] = BigInt(kept[name]);
  return kept;
}

function write(where, channel) {
  localStorage.setItem(where, JSON.stringify(channel, (name, value) => (typeof value === 'bigint' ? value.toString() : value)));
}

export function channel_to(chain_id, payer, server) {
  return read(place(chain_id, payer, server));
}

const larger = (a, b) => (a > b ? a : b);

/** The next voucher's amount: it covers whatever earlier calls without a receipt may have cost. */
function next_promise(channel, terms) {
  return larger(channel.promised + 1n, channel.spent + channel.uncertain + terms.maximum_cost);
}

/** A channel whose deposit covers the call; opened or topped up where that is needed. */
async function covering_channel(key, terms, deposit, {signal, say}) {
  const where = place(terms.chain_id, key.address, terms.server);
  let channel = read(where);
  if (channel === null) {
    if (terms.maximum_cost > deposit) throw new Error(t('playground.too_dear', {cost: dure(terms.maximum_cost)}));
    say(t('playground.opening'));
    const id = channel_of(await send(key, open_channel(key_of(terms.server), deposit), {signal}));
    channel = {id, deposit, spent: 0n, promised: 0n, uncertain: 0n};
    write(where, channel);
  } else if (next_promise(channel, terms) > channel.deposit) {
    say(t('playground.topping'));
    const missing = next_promise(channel, terms) - channel.deposit;
    const added = larger(missing, deposit);
    await send(key, top_up_channel(channel.id, added), {signal});
    channel.deposit += added;
    write(where, channel);
  }
  return {channel, where};
}

export {fee};

const request_of = (body, authorization, signal) => fetch('/v1/completions', {
  method: 'POST',
  headers: {'content-type': 'application/json', ...(authorization ? {authorization} : {})},
  body,
  signal,
});

/**
 * Asks this node and pays: learns the price from its 402, sees to a channel, sends the voucher, reads the stream.
 * `on_text` gets the pieces, `say` what is being done. Gives {receipt, completion}.
 */
export async function ask_and_pay(key, request, deposit, {signal, on_text, say}) {
  const body = JSON.stringify({...request, stream: true});
  const offer = await request_of(body, null, signal);
  if (offer.status !== 402) throw await problem_of(offer);
  const first = read_challenge(offer.headers.get('www-authenticate'));
  if (first === null) throw await problem_of(offer);
  const {channel, where} = await covering_channel(key, first, deposit, {signal, say});

  say(t('playground.asking'));
  const promise = next_promise(channel, first);
  const spent_most = channel.spent + channel.uncertain;
  channel.promised = promise;
  channel.uncertain += first.maximum_cost;
  write(where, channel);
  const answer = await request_of(body, voucher_credential(key, first, channel.id, promise), signal);
  if (!answer.ok) {
    channel.uncertain -= first.maximum_cost; // a refused call costs nothing
    write(where, channel);
    throw await problem_of(answer);
  }
  const completion = await stream_completion(answer, on_text);
  const receipt = read_receipt(completion.payment_receipt);
  const honest = receipt.channel === channel.id && receipt.cost <= first.maximum_cost && receipt.spent <= promise &&
    receipt.spent >= channel.spent + receipt.cost && receipt.spent <= spent_most + receipt.cost;
  if (!honest) throw new Error(t('playground.dishonest'));
  channel.spent = receipt.spent;
  channel.uncertain = 0n;
  write(where, channel);
  return {receipt, completion, server: first.server};
}

/** This node's entry among those that sell answers, or null. */
export async function own_server(address, options) {
  for (let cursor = null; ;) {
    const found = await page('/v1/servers', cursor, 100, options);
    const own = found.items.find((server) => server.address === address);
    if (own || found.next === null) return {own: own ?? null, others: found.items};
    cursor = found.next;
  }
}
