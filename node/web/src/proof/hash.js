// SHA-256 under a tag of its own for each use, as in BIP340: H(tag, m) = SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ m).
import {sha256} from '@noble/hashes/sha2.js';

import {joined} from './codec.js';

const begun = new Map();

export function tagged(tag, ...parts) {
  if (!begun.has(tag)) {
    const name = sha256(new TextEncoder().encode(tag));
    begun.set(tag, joined(name, name));
  }
  return sha256(joined(begun.get(tag), ...parts));
}
