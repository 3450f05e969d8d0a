// How accounts, hashes and heights look wherever they stand: short, linked, and whole for who points at them.
import {h} from '../dom.js';
import {short_address, short_hash} from '../format.js';
import {t} from '../language.js';
import {mark} from './mark.js';

export function account_link(address) {
  return h('a', {class: 'account', href: `#/accounts/${address}`, title: address}, mark(address), h('code', {}, short_address(address)));
}

export function hash_link(kind, hash) {
  return h('a', {href: `#/${kind}/${hash}`, title: hash}, h('code', {}, short_hash(hash)));
}

export function block_link(height) {
  return h('a', {href: `#/blocks/${height}`}, '#' + height);
}

export function round_link(number) {
  return h('a', {href: `#/rounds/${number}`}, String(number));
}

/** The whole text, and a button that copies it. */
export function copyable(text, label) {
  const said = h('span', {class: 'copied', role: 'status'});
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = t('copy.done');
    } catch {
      said.textContent = t('copy.failed');
    }
    setTimeout(() => { said.textContent = ''; }, 2_000);
  };
  return h('span', {class: 'copyable'}, h('code', {}, text),
    h('button', {type: 'button', class: 'quiet', 'aria-label': `${t('copy.button')}: ${label}`, onclick: copy}, t('copy.button')), said);
}
