// The texts that the model learns from, and what each was judged to be worth.
import {get} from '../api.js';
import {h} from '../dom.js';
import {bytes, compact, dure, short_hash, whole} from '../format.js';
import {t} from '../language.js';
import {badge, card, facts, heading, stat, stats} from '../parts/layout.js';
import {account_link, block_link, copyable, hash_link} from '../parts/links.js';
import {paged, table} from '../parts/table.js';

const kinds = {accepted: 'good', rejected: 'bad', duplicate: 'bad', withdrawn: 'bad', lapsed: 'bad'};

function state(shard) {
  return badge(t(`shard.${shard.status}`), kinds[shard.status] ?? 'now');
}

/** Scores are micro-nats that the held-out loss falls by one step on the text. */
function score(shard) {
  return shard.answer === null ? '–' : whole(shard.answer.score);
}

export async function data(context) {
  const figures = h('div', {});
  const list = await paged(context, {
    path: '/v1/shards',
    caption: t('nav.data'),
    columns: [
      {name: t('data.shard'), cell: (shard) => hash_link('data', shard.hash)},
      {name: t('data.owner'), cell: (shard) => account_link(shard.owner)},
      {name: t('round.state'), cell: state},
      {name: t('data.license'), cell: (shard) => shard.license},
      {name: t('data.language'), cell: (shard) => shard.language},
      {name: t('data.size'), cell: (shard) => bytes(shard.bytes), number: true},
      {name: t('data.tokens'), cell: (shard) => (shard.answer === null ? '–' : whole(shard.answer.tokens)), number: true},
      {name: t('data.score'), cell: score, number: true},
    ],
    on_page: (answer) => figures.replaceChildren(stats(
      stat(t('data.accepted'), whole(answer.accepted)), stat(t('data.tokens'), compact(answer.accepted_tokens)), stat(t('data.pending'), whole(answer.pending)))),
  });
  context.on('round', list.reload);
  return h('div', {}, heading(t('nav.data'), t('data.lead')), figures, list.element);
}

function committee(judging) {
  if (judging === null) return null;
  return card(t('data.judging'), h('p', {}, t(`judging.${judging.phase}`), ' ', t('data.until', {height: judging.deadline})), table(t('data.judging'), [
    {name: t('data.scorer'), cell: (one) => account_link(one.address)},
    {name: t('data.committed'), cell: (one) => (one.committed ? '✓' : '–')},
    {name: t('data.score'), cell: (one) => (one.answer === null ? '–' : whole(one.answer.score)), number: true},
  ], judging.committee));
}

export async function shard(context) {
  const found = await get(`/v1/shards/${context.parameters.hash}`, {signal: context.signal});
  return h('div', {}, heading(t('data.title', {name: short_hash(found.hash)}), null), h('p', {}, copyable(found.hash, t('data.shard'))),
    stats(stat(t('round.state'), state(found)), stat(t('data.size'), bytes(found.bytes)),
      stat(t('data.tokens'), found.answer === null ? '–' : whole(found.answer.tokens)), stat(t('data.score'), score(found), t('data.score_note'))),
    card(t('round.details'), facts(
      [t('data.owner'), account_link(found.owner)], [t('data.license'), found.license], [t('data.language'), found.language],
      [t('data.kind'), t(`data.kind_${found.kind}`)], found.template === null ? null : [t('data.template'), h('code', {class: 'long'}, found.template)],
      found.tags.length === 0 ? null : [t('data.tags'), found.tags.map((tag) => badge(tag))],
      [t('data.offered'), block_link(found.offered)], [t('data.shown'), block_link(found.shown)],
      [t('account.deposit'), dure(found.deposit) + ' DURE'],
      found.duplicate_of === null ? null : [t('data.duplicate_of'), hash_link('data', found.duplicate_of)])),
    committee(found.judging));
}
