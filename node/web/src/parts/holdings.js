// Who owns how much, as one divided strip.
import {h} from '../dom.js';
import {percent} from '../format.js';
import {t} from '../language.js';
import {account_link} from './links.js';
import {shade_of} from './mark.js';

const named = 7;

/** owners: the largest first; total: all shares, base units as text. */
export function holdings(owners, total) {
  const whole = BigInt(total);
  const part = (units) => (whole === 0n ? 0 : Number((BigInt(units) * 1_000_000n) / whole) / 10_000);
  const first = owners.slice(0, named);
  const rest = whole - first.reduce((sum, owner) => sum + BigInt(owner.total), 0n);
  const pieces = first.map((owner) => h('span', {class: `shade-${shade_of(owner.address)}`, vars: {'--part': part(owner.total) + '%'}}));
  if (rest > 0n) pieces.push(h('span', {class: 'shade-rest', vars: {'--part': part(rest) + '%'}}));
  return h('div', {class: 'holdings'},
    h('div', {class: 'strip', 'aria-hidden': 'true'}, pieces),
    h('ul', {}, first.map((owner) => h('li', {}, account_link(owner.address), h('b', {}, percent(owner.total, total)))),
      rest > 0n ? h('li', {}, h('span', {}, t('owners.others')), h('b', {}, percent(rest, total))) : null));
}
