// The wire form of paying over HTTP: challenge, credential and receipt of the "Payment" authentication scheme with method
// `dure`, intent `session` (docs/protocol/payment.md).
import {schnorr} from '@noble/curves/secp256k1.js';
import {base64urlnopad} from '@scure/base';

import {key_of} from '../proof/address.js';
import {from_hex, hex, u64} from '../proof/codec.js';
import {tagged} from '../proof/hash.js';

const parameters = ['id', 'realm', 'method', 'intent', 'request', 'expires', 'digest'];

function json_of(text) {
  return JSON.parse(new TextDecoder().decode(base64urlnopad.decode(text)));
}

/** JSON in its canonical form (RFC 8785), for the texts and objects that we send. */
function canonical(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => JSON.stringify(name) + ':' + canonical(value[name]));
  return '{' + members.join(',') + '}';
}

/** The session challenge of method dure in a WWW-Authenticate value, with its terms; null if there is none. */
export function read_challenge(header) {
  for (const text of (header ?? '').split(/(?:^|,\s*)Payment\s+/).slice(1)) {
    const challenge = {};
    for (const [, name, value] of text.matchAll(/(\w+)="([^"]*)"/g)) if (parameters.includes(name)) challenge[name] = value;
    if (challenge.method !== 'dure' || challenge.intent !== 'session') continue;
    const {recipient, methodDetails, suggestedDeposit} = json_of(challenge.request);
    return {
      challenge,
      server: recipient,
      chain_id: methodDetails.chainId,
      maximum_cost: BigInt(methodDetails.maximumCost),
      suggested_deposit: BigInt(suggestedDeposit ?? 0),
    };
  }
  return null;
}

/** The value of Authorization: a voucher for so much in all. */
export function voucher_credential(key, {challenge, chain_id}, channel, cumulative) {
  const digest = tagged('dure/voucher', from_hex(chain_id), from_hex(channel), u64(cumulative));
  const payload = {action: 'voucher', channelId: channel, cumulativeAmount: cumulative.toString(), signature: hex(key.sign(digest))};
  const text = canonical({challenge, payload, source: key.address});
  return 'Payment ' + base64urlnopad.encode(new TextEncoder().encode(text));
}

const signature_bytes = 64;

/** What the server signed of its answer: the name under which it can be replayed and reported, and whether the signature is this server's. */
export function read_signed(text, server) {
  const bytes = base64urlnopad.decode(text);
  if (bytes.length <= signature_bytes) throw new Error('a receipt without a signature');
  const id = tagged('dure/inference-receipt', bytes.slice(0, -signature_bytes));
  return {id: hex(id), genuine: schnorr.verify(bytes.slice(-signature_bytes), id, key_of(server))};
}

export function read_receipt(text) {
  const receipt = json_of(text);
  return {
    channel: receipt.reference,
    cost: BigInt(receipt.cost),
    spent: BigInt(receipt.spent),
    input_tokens: receipt.inputTokens,
    output_tokens: receipt.outputTokens,
    signed: receipt.inferenceReceipt ?? null,
  };
}
