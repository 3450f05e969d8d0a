// The payer's key of the playground: kept unprotected in this browser's storage, so for a devnet's coins only.
import {schnorr} from '@noble/curves/secp256k1.js';

import {address_of} from '../proof/address.js';
import {from_hex, hex} from '../proof/codec.js';

const place = 'dure.key';

function key_from(secret) {
  const account = schnorr.getPublicKey(secret);
  return {
    account,
    address: address_of(account),
    secret: () => hex(secret),
    /** BIP340, over a 32-byte digest. */
    sign: (digest) => schnorr.sign(digest, secret),
  };
}

export function kept_key() {
  const text = localStorage.getItem(place);
  return text === null ? null : key_from(from_hex(text));
}

export function make_key() {
  return keep_key(hex(schnorr.utils.randomSecretKey()));
}

/** Throws if these are no secret key's digits. */
export function keep_key(text) {
  const digits = text.trim().toLowerCase();
  if (digits.length !== 64) throw new Error('a secret key has 64 hexadecimal digits');
  const key = key_from(from_hex(digits));
  localStorage.setItem(place, digits);
  return key;
}

export function forget_key() {
  localStorage.removeItem(place);
}
