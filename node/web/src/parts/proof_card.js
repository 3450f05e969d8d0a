// The proof of an account's balance, step by step, checked in this browser.
import {get, get_bytes} from '../api.js';
import {fill, h} from '../dom.js';
import {dure, shares} from '../format.js';
import {t} from '../language.js';
import {check_account} from '../proof/account.js';
import {trusted_chain} from '../proof/trust.js';
import {card, facts, notice} from './layout.js';

const names = ['chain', 'final', 'path', 'value'];

/** How every finished epoch ended, oldest first. */
async function epoch_ends(options) {
  const ends = [];
  for (let from = '0'; from !== null;) {
    const page = await get(`/v1/epochs?from=${from}`, options);
    ends.push(...page.items.map((one) => one.end));
    from = page.items.length > 0 ? page.next : null;
  }
  return ends;
}

function step_line(name, result) {
  const state = result === undefined ? 'unknown' : result.ok ? 'ok' : 'failed';
  const sign = {unknown: '·', ok: '✓', failed: '✗'}[state];
  const words = result === undefined ? t(`proof.${name}`) : t(`proof.${name}_${state}`, result.values);
  return h('li', {class: state, 'data-step': name}, h('span', {class: 'sign', 'aria-hidden': 'true'}, sign),
    h('span', {}, words, result?.error ? h('small', {}, result.error.message) : null));
}

function outcome(results) {
  const last = results.at(-1);
  if (!last.ok) return notice('bad', h('strong', {}, t('proof.refused')), ' ', t('proof.refused_note'));
  return h('div', {}, notice('good', h('strong', {}, '✓ ' + t('proof.holds', {height: last.height}))),
    facts([t('account.balance'), dure(last.record.balance) + ' DURE'], [t('account.shares'), shares(last.record.shares)], [t('account.nonce'), String(last.record.nonce)]));
}

export function proof_card(context, address) {
  const list = h('ol', {class: 'proof'}, names.map((name) => step_line(name)));
  const said = h('div', {role: 'status'});
  const button = h('button', {type: 'button', class: 'primary'}, t('proof.check'));
  const check = async () => {
    button.disabled = true;
    fill(said);
    try {
      const options = {signal: context.signal};
      const [answer, genesis] = await Promise.all([get(`/v1/accounts/${address}?proof=1`, options), get_bytes('/v1/genesis', options)]);
      const results = [...check_account(address, answer, genesis, await epoch_ends(options), trusted_chain(genesis))];
      fill(list, names.map((name, i) => step_line(name, results[i])));
      fill(said, outcome(results));
    } catch (error) {
      if (!context.signal.aborted) fill(said, notice('bad', error.message));
    }
    button.disabled = false;
  };
  button.addEventListener('click', check);
  return card(t('proof.title'), h('p', {}, t('proof.lead')), list, said, button);
}
