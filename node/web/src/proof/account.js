// An account's balance, checked here and now without believing the node: step by step, each with what it found. The only
// thing taken for granted is the chain's id, which this browser remembers from its first visit.
import {key_of} from './address.js';
import {chain_id_of, check_finalization, follow_epochs, read_certificate, read_header, read_validators} from './chain.js';
import {equal, from_hex, hex, joined, Reader, u8} from './codec.js';
import {read_state_proof, state_proof_holds} from './state_proof.js';

const accounts_table = 16;
const lists_max = 4096;

/** The beginning of an account's record: what an owner looks for. */
function read_account(bytes) {
  const reader = new Reader(bytes);
  const [balance, nonce, free, bonded] = [reader.u64(), reader.u64(), reader.u64(), reader.u64()];
  const granted = reader.list(lists_max, (r) => ({round: r.u64(), amount: r.u64(), released: r.u64()}));
  const leaving = reader.list(lists_max, (r) => ({amount: r.u64(), release: r.u64()}));
  const unvested = granted.reduce((sum, grant) => sum + grant.amount - grant.released, 0n);
  const unbonding = leaving.reduce((sum, one) => sum + one.amount, 0n);
  return {balance, nonce, shares: free + bonded + unvested + unbonding};
}

/**
 * Yields {step, ok, values} for each step, and ends at the first that fails. `answer`: the node's to
 * /v1/accounts/{address}?proof=1; `genesis`: its bytes; `ends`: how the epochs since ended, as /v1/epochs shows them;
 * `trusted`: the chain's id as hexadecimal.
 */
export function* check_account(address, answer, genesis, ends, trusted) {
  let name = 'chain';
  const step = (ok, values = {}) => ({step: name, ok, values});
  try {
    const chain_id = chain_id_of(genesis);
    if (hex(chain_id) !== trusted) return yield step(false, {found: hex(chain_id)});
    const set = read_validators(genesis);
    yield step(true, {chain: set.name, id: trusted.slice(0, 16), validators: set.validators.length});

    name = 'final';
    const {key, value, proof, header: header_hex, finalization} = answer.proof;
    const header = read_header(from_hex(header_hex));
    const certificate = read_certificate(from_hex(finalization));
    const sets = follow_epochs(chain_id, set, ends.map(from_hex));
    if (header.epoch >= sets.length || certificate.epoch !== header.epoch) return yield step(false, {height: header.height.toString()});
    const found = check_finalization(chain_id, sets[Number(header.epoch)], certificate);
    const height = header.height.toString();
    if (!found.final || !equal(certificate.block, header.hash) || !equal(header.chain_id, chain_id)) return yield step(false, {height});
    yield step(true, {height, signed: found.signed, percent: ((found.weight * 1000n) / found.whole).toString().replace(/(\d)$/, '.$1')});

    name = 'path';
    const own_key = joined(u8(accounts_table), key_of(address));
    const reader = new Reader(from_hex(proof));
    const way = read_state_proof(reader);
    reader.end();
    const bytes = value === null ? null : from_hex(value);
    if (key !== hex(own_key) || !state_proof_holds(header.state_root, own_key, bytes, way)) return yield step(false);
    yield step(true, {levels: way.levels.length, root: hex(header.state_root).slice(0, 16)});

    name = 'value';
    const record = bytes === null ? {balance: 0n, nonce: 0n, shares: 0n} : read_account(bytes);
    yield {...step(true), record, height: header.height};
  } catch (error) {
    yield {...step(false), error};
  }
}
