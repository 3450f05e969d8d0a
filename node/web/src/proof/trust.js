// The chain that this browser trusts: the one it saw first at this address. Everything else is checked against its id.
import {hex} from './codec.js';
import {chain_id_of} from './chain.js';

const place = 'dure.chain';

/** The trusted chain's id; that of `genesis` from now on, if there was none. */
export function trusted_chain(genesis) {
  const kept = localStorage.getItem(place);
  if (kept !== null) return kept;
  const id = hex(chain_id_of(genesis));
  localStorage.setItem(place, id);
  return id;
}

export function kept_chain() {
  return localStorage.getItem(place);
}

export function trust(id) {
  localStorage.setItem(place, id);
}
