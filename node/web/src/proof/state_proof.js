// That a state with a given root holds a value under a key, or holds none (docs/protocol/transactions.md, "The tree"):
// a sparse Merkle tree of 16 branches, walked by four bits of the key's hash a level.
import {equal, joined, u16} from './codec.js';
import {tagged} from './hash.js';

const depth_max = 64;
const arity = 16;

export function read_state_proof(reader) {
  const levels = reader.list(depth_max, (r) => ({children: r.u16(), siblings: r.list(arity, (one) => one.bytes(32))}));
  const other = reader.optional((r) => ({path: r.bytes(32), value_hash: r.bytes(32)}));
  return {levels, other};
}

function nibble(path, depth) {
  const byte = path[depth >> 1];
  return depth % 2 === 0 ? byte >> 4 : byte & 15;
}

function ones(bits) {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) ++count;
  return count;
}

function leaf(path, value_hash) {
  return tagged('dure/state/leaf', path, value_hash);
}

/** What stands at the way's end: a leaf's hash, or null for an empty place. Undefined: the proof does not fit. */
function way_end(path, value, {levels, other}) {
  if (value !== null) return other === null ? leaf(path, tagged('dure/state/value', value)) : undefined;
  if (other === null) return null;
  const same_way = levels.every((_, depth) => nibble(other.path, depth) === nibble(path, depth));
  return same_way && !equal(other.path, path) ? leaf(other.path, other.value_hash) : undefined;
}

/** True if the state has `value` under `key`; with null: if it has nothing there. Any proof may be given. */
export function state_proof_holds(root, key, value, proof) {
  const path = tagged('dure/state/key', key);
  let below = way_end(path, value, proof);
  if (below === undefined) return false;
  for (let depth = proof.levels.length; depth-- > 0;) {
    const {children, siblings} = proof.levels[depth];
    const own = 1 << nibble(path, depth);
    if (((children & own) !== 0) !== (below !== null)) return false;
    const others = children & ~own;
    if (siblings.length !== ones(others)) return false;
    const hashes = [...siblings];
    if (below !== null) hashes.splice(ones(others & (own - 1)), 0, below);
    if (hashes.length === 0) return false;
    below = tagged('dure/state/node', u16(children), joined(...hashes));
  }
  return equal(below ?? new Uint8Array(32), root);
}
