// An account is a 32-byte x-only public key; its address is bech32m with the prefix `dure`.
import {bech32m} from '@scure/base';

const prefix = 'dure';

export function address_of(key) {
  return bech32m.encode(prefix, bech32m.toWords(key));
}

export function key_of(address) {
  const {prefix: found, bytes} = bech32m.decodeToBytes(address);
  if (found !== prefix || bytes.length !== 32) throw new Error(`${address} is not an address of Dure`);
  return bytes;
}
