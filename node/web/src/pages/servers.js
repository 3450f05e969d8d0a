// Who sells answers, where, and at what price.
import {get} from '../api.js';
import {h} from '../dom.js';
import {dure} from '../format.js';
import {t} from '../language.js';
import {badge, card, heading, notice} from '../parts/layout.js';
import {account_link} from '../parts/links.js';
import {paged} from '../parts/table.js';
import {reported_list} from './reported.js';

/** What it loses by half, at the least, if one of its answers is found false. */
function bond(server) {
  const judged = server.receipts_being_judged;
  return h('span', {}, dure(server.server_bond), judged > 0 ? badge(t('servers.judged', {count: judged}), 'now') : null);
}

/** A price for a thousand tokens. */
function price(grain) {
  return dure(BigInt(grain) * 1000n);
}

export async function servers(context) {
  const status = await get('/v1/status', {signal: context.signal});
  const list = await paged(context, {
    path: '/v1/servers',
    caption: t('nav.servers'),
    empty: t('servers.none'),
    columns: [
      {name: t('servers.server'), cell: (server) => h('span', {}, account_link(server.address), server.address === status.address ? badge(t('servers.this'), 'good') : null)},
      {name: t('servers.endpoint'), cell: (server) => h('code', {}, server.service || '–')},
      {name: t('servers.input'), cell: (server) => price(server.price_per_input_token), number: true},
      {name: t('servers.output'), cell: (server) => price(server.price_per_output_token), number: true},
      {name: t('servers.bond'), cell: bond, number: true},
    ],
  });
  const reports = await reported_list(context);
  context.on('block', (block) => { if (block.transactions > 0) reports.reload(); });
  return h('div', {}, heading(t('nav.servers'), t('servers.lead')), list.element,
    card(t('reported.title'), h('p', {}, t('reported.lead')), reports.element),
    notice('plain', t('servers.try'), ' ', h('a', {href: '#/playground'}, t('nav.playground'))));
}
