// Who owns the model, the largest part first.
import {h} from '../dom.js';
import {dure, percent, shares, whole} from '../format.js';
import {t} from '../language.js';
import {card, heading} from '../parts/layout.js';
import {holdings} from '../parts/holdings.js';
import {account_link} from '../parts/links.js';
import {paged} from '../parts/table.js';

export async function owners(context) {
  const strip = h('div', {});
  const said = h('p', {class: 'lead'});
  let total = '0';
  const list = await paged(context, {
    path: '/v1/owners',
    caption: t('nav.owners'),
    columns: [
      {name: t('owners.owner'), cell: (owner) => account_link(owner.address)},
      {name: t('owners.part'), cell: (owner) => percent(owner.total, total, 2), number: true},
      {name: t('owners.shares'), cell: (owner) => shares(owner.total, 2), number: true},
      {name: t('owners.bonded'), cell: (owner) => shares(owner.bonded, 2), number: true},
      {name: t('owners.unvested'), cell: (owner) => shares(owner.unvested, 2), number: true},
      {name: t('owners.owed'), cell: (owner) => dure(owner.pending, 6), number: true},
    ],
    on_page: (answer) => {
      total = answer.total_shares;
      said.textContent = t('owners.lead', {count: whole(answer.count), shares: shares(total, 0)});
      if (strip.children.length === 0) strip.append(holdings(answer.items, total));
    },
  });
  context.on('round', () => { list.reload(); });
  return h('div', {}, heading(t('nav.owners'), null), said, card(t('overview.owners'), strip), list.element);
}
