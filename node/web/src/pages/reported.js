// A signed answer that somebody reported as false: what was signed, what the committee's replays gave, what it cost.
import {get} from '../api.js';
import {h} from '../dom.js';
import {dure, short_hash} from '../format.js';
import {t} from '../language.js';
import {badge, card, facts, heading, stat, stats} from '../parts/layout.js';
import {account_link, block_link, copyable, hash_link, round_link} from '../parts/links.js';
import {paged, table} from '../parts/table.js';

const kinds = {none: 'now', false: 'bad', true: 'good'};

function outcome(found) {
  return badge(found.stage === 'closed' ? t(`reported.${found.outcome}`) : t(`reported.${found.stage}`), kinds[found.outcome] ?? 'plain');
}

/** All of them, newest decisions among them as the chain keeps them. */
export function reported_list(context) {
  return paged(context, {
    path: '/v1/reported',
    caption: t('reported.title'),
    empty: t('reported.none'),
    columns: [
      {name: t('reported.receipt'), cell: (found) => hash_link('reported', found.id)},
      {name: t('servers.server'), cell: (found) => account_link(found.server)},
      {name: t('reported.outcome'), cell: outcome},
      {name: t('reported.taken'), cell: (found) => dure(found.taken), number: true},
      {name: t('reported.refunded'), cell: (found) => dure(found.refunded), number: true},
    ],
  });
}

function committee_of(found) {
  return card(t('reported.committee'), table(t('reported.committee'), [
    {name: t('reported.juror'), cell: (juror) => account_link(juror.address)},
    {name: t('data.committed'), cell: (juror) => (juror.committed ? '✓' : '–')},
    {name: t('reported.found'), cell: (juror) => (juror.found === null ? '–' : h('code', {title: juror.found}, short_hash(juror.found)))},
  ], found.committee, t('reported.no_committee')));
}

export async function reported(context) {
  const found = await get(`/v1/reported/${context.parameters.id}`, {signal: context.signal});
  return h('div', {}, heading(t('reported.one', {name: short_hash(found.id)}), t('reported.lead')), h('p', {}, copyable(found.id, t('reported.receipt'))),
    stats(stat(t('reported.outcome'), outcome(found)), stat(t('reported.taken'), dure(found.taken), 'DURE'),
      stat(t('reported.refunded'), dure(found.refunded), 'DURE'), stat(t('reported.rewarded'), dure(found.rewarded), 'DURE')),
    card(t('reported.signed'), facts(
      [t('servers.server'), account_link(found.server)], [t('reported.payer'), account_link(found.payer)],
      [t('playground.checkpoint'), h('span', {}, t('round.title', {number: ''}), round_link(found.checkpoint_round), ' ', h('code', {class: 'long'}, found.checkpoint_root))],
      [t('playground.tokens'), `${found.input_tokens}, ${found.output_tokens}`], [t('playground.cost'), dure(found.cost) + ' DURE'],
      [t('playground.seed'), found.sampling.seed], [t('reported.output'), h('code', {class: 'long'}, found.output_hash)])),
    card(t('round.details'), facts(
      [t('reported.reporter'), account_link(found.reporter)], [t('account.deposit'), dure(found.deposit) + ' DURE'],
      [t('reported.opened'), block_link(found.opened)], found.closed === null ? null : [t('reported.closed_in'), block_link(found.closed)])),
    committee_of(found));
}
