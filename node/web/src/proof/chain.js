// What a light client knows of a chain: genesis names the validators, its hash is the chain's id, and a certificate of
// more than two thirds of their weight makes a block final (docs/protocol/codec.md, section 6).
import {schnorr} from '@noble/curves/secp256k1.js';

import {equal, joined, Malformed, Reader, u64, u8} from './codec.js';
import {tagged} from './hash.js';

const validators_max = 256;
const ranges_max = 64;
const header_bytes = 244;
const finalize = 1;
const skip = 2;
/* global PARAMETERS_BYTES -- how long the parameters of ledger/records/parameters.h are: bundle.mjs counts them */

export function chain_id_of(genesis) {
  return tagged('dure/chain', genesis);
}

/** Genesis begins with its version, the chain's name, the parameters, the rules of changing them, and the validators. */
export function read_validators(genesis) {
  const reader = new Reader(genesis);
  reader.u32();
  const name = reader.text(64);
  reader.bytes(PARAMETERS_BYTES);
  reader.u64(); // a proposal's deposit
  reader.u32(); // the quorum
  reader.u64(); // epochs of voting
  reader.list(ranges_max, (r) => {
    r.u32(); // which parameter
    r.u64(); // its least value
    r.u64(); // and its greatest
  });
  const validators = reader.list(validators_max, (r) => {
    const validator = {key: r.bytes(32), beneficiary: r.bytes(32), weight: r.u64()};
    r.bytes(32); // the tip of its beacon's hash chain
    r.u8(); // roles
    r.text(128); // endpoint
    r.text(256); // service
    r.u64(); // prices
    r.u64();
    return validator;
  });
  return {name, ...weighed(validators)};
}

function weighed(validators) {
  return {validators, weight: validators.reduce((sum, one) => sum + one.weight, 0n)};
}

export function read_header(bytes) {
  const reader = new Reader(bytes);
  const header = {
    version: reader.u32(), chain_id: reader.bytes(32), epoch: reader.u64(), height: reader.u64(), parent: reader.bytes(32),
    proposer: reader.bytes(32), state_root: reader.bytes(32), transactions_root: reader.bytes(32),
    beacon_reveal: reader.bytes(32), next_validators: reader.bytes(32), hash: tagged('dure/block', bytes),
  };
  reader.end();
  return header;
}

export function read_certificate(bytes) {
  const reader = new Reader(bytes);
  const certificate = certificate_of(reader);
  reader.end();
  return certificate;
}

function certificate_of(reader) {
  const epoch = reader.u64();
  const kind = reader.u8();
  if (kind > skip) throw new Malformed(`there is no vote of kind ${kind}`);
  const slot = reader.u64();
  const block = kind === skip ? null : reader.bytes(32);
  const signers = reader.bytes(reader.count(validators_max / 8));
  const signatures = reader.list(validators_max, (r) => r.bytes(64));
  return {epoch, kind, slot, block, signers, signatures};
}

/** Checks every signature. Gives {signed, weight, final}: how many signed, their weight, and whether that suffices. */
export function check_finalization(chain_id, {validators, weight: whole}, certificate) {
  const {epoch, kind, slot, block, signers, signatures} = certificate;
  if (kind !== finalize) throw new Malformed('the certificate finalizes nothing');
  if (signers.length !== Math.ceil(validators.length / 8)) throw new Malformed('the certificate is of other validators');
  const digest = tagged('dure/vote', chain_id, u64(epoch), joined(u8(kind), u64(slot), block));
  const named = validators.filter((_, i) => (signers[i >> 3] >> (i & 7)) & 1);
  const bits = signers.reduce((sum, byte) => sum + [...byte.toString(2)].filter((bit) => bit === '1').length, 0);
  if (bits !== named.length || named.length !== signatures.length) throw new Malformed('signers and signatures do not go together');
  let weight = 0n;
  named.forEach((validator, i) => {
    if (!schnorr.verify(signatures[i], digest, validator.key)) throw new Malformed('a signature does not verify');
    weight += validator.weight;
  });
  return {signed: named.length, weight, whole, final: 3n * weight > 2n * whole};
}

/**
 * The validators of each epoch from genesis's on, for as many epochs as `ends` (of /v1/epochs, as bytes) lead through;
 * docs/protocol/epochs.md, section "Light clients". Throws at the first that does not hold.
 */
export function follow_epochs(chain_id, genesis_set, ends) {
  const sets = [genesis_set];
  let last = 0n;
  for (const bytes of ends) {
    const reader = new Reader(bytes);
    const header = read_header(reader.bytes(header_bytes));
    const certificate = certificate_of(reader);
    const named = bytes.subarray(bytes.length - reader.left());
    const next = weighed(reader.list(validators_max, (r) => ({key: r.bytes(32), weight: r.u64()})));
    reader.end();
    const epoch = BigInt(sets.length - 1);
    const is_its = header.epoch === epoch && certificate.epoch === epoch && header.height > last && equal(header.chain_id, chain_id);
    if (!is_its || !equal(certificate.block, header.hash) || !check_finalization(chain_id, sets.at(-1), certificate).final)
      throw new Malformed(`nothing makes the end of epoch ${epoch} final`);
    if (next.validators.length === 0 || !equal(tagged('dure/validators', named), header.next_validators))
      throw new Malformed(`the validators shown after epoch ${epoch} are not those that it named`);
    sets.push(next);
    last = header.height;
  }
  return sets;
}
