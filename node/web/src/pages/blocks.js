// Blocks and transactions.
import {get} from '../api.js';
import {h} from '../dom.js';
import {dure, short_hash, whole} from '../format.js';
import {t} from '../language.js';
import {badge, card, facts, heading} from '../parts/layout.js';
import {account_link, block_link, copyable} from '../parts/links.js';
import {paged} from '../parts/table.js';
import {details_of, transaction_columns, transaction_name} from '../parts/transactions.js';

function tabs(at) {
  const tab = (name, href, words) => h('a', {href, 'aria-current': at === name ? 'page' : null}, words);
  return h('nav', {class: 'tabs', 'aria-label': t('nav.blocks')}, tab('blocks', '#/blocks', t('nav.blocks')), tab('transactions', '#/transactions', t('tx.list')));
}

export async function blocks(context) {
  const list = await paged(context, {
    path: '/v1/blocks',
    caption: t('nav.blocks'),
    columns: [
      {name: t('block.height'), cell: (block) => block_link(block.height)},
      {name: t('block.hash'), cell: (block) => h('code', {title: block.hash}, short_hash(block.hash))},
      {name: t('block.proposer'), cell: (block) => account_link(block.proposer)},
      {name: t('block.transactions'), cell: (block) => whole(block.transactions), number: true},
    ],
  });
  context.on('block', list.reload);
  return h('div', {}, heading(t('nav.blocks'), t('blocks.lead')), tabs('blocks'), list.element);
}

export async function transactions(context) {
  const list = await paged(context, {path: '/v1/transactions', caption: t('tx.list'), columns: transaction_columns()});
  context.on('block', (block) => { if (block.transactions > 0) list.reload(); });
  return h('div', {}, heading(t('tx.list'), t('tx.lead')), tabs('transactions'), list.element);
}

export async function block(context) {
  const {height} = context.parameters;
  const found = await get(`/v1/blocks/${height}`, {signal: context.signal});
  const list = await paged(context, {
    path: `/v1/blocks/${found.height}/transactions`, caption: t('tx.list'), empty: t('block.empty'),
    columns: transaction_columns().filter(({name}) => name !== t('tx.block')),
  });
  const code = (text) => h('code', {class: 'long'}, text);
  return h('div', {},
    heading(t('block.title', {height: whole(found.height)}), t('block.lead'), h('div', {class: 'steps'},
      found.height > 1 ? h('a', {href: `#/blocks/${found.height - 1}`, rel: 'prev'}, '← ' + (found.height - 1)) : null,
      h('a', {href: `#/blocks/${found.height + 1}`, rel: 'next'}, (found.height + 1) + ' →'))),
    card(t('tx.list'), list.element),
    card(t('round.details'), facts(
      [t('block.hash'), copyable(found.hash, t('block.hash'))], [t('block.proposer'), account_link(found.proposer)],
      [t('block.epoch'), String(found.epoch)], [t('block.parent'), code(found.parent)], [t('block.state'), code(found.state_root)],
      [t('block.root'), code(found.transactions_root)], [t('block.reveal'), code(found.beacon_reveal)])));
}

function outcome(found) {
  if (found.status === 'pending') return badge(t('tx.pending'), 'now');
  return found.ok ? badge(t('tx.ok'), 'good') : h('span', {}, badge(t('tx.failed'), 'bad'), ' ', found.message);
}

export async function transaction(context) {
  const {id} = context.parameters;
  const found = await get(`/v1/transactions/${id}`, {signal: context.signal});
  const carried = found.transaction;
  if (found.status === 'pending') context.on('block', () => dispatchEvent(new HashChangeEvent('hashchange')));
  return h('div', {}, heading(carried ? transaction_name(carried.type) : t('tx.title'), null), h('p', {}, copyable(id, t('tx.id'))),
    card(t('round.details'), facts([t('tx.outcome'), outcome(found)],
      found.height === undefined ? null : [t('tx.block'), block_link(found.height)],
      ...(carried ? [[t('tx.from'), account_link(carried.sender)], [t('tx.fee'), dure(carried.fee) + ' DURE'],
        carried.fee_payer ? [t('tx.fee_payer'), account_link(carried.fee_payer)] : null, [t('account.nonce'), whole(carried.nonce)],
        [t('tx.expires'), whole(carried.expires)], ...details_of(found.details)] : []))),
    carried ? h('details', {class: 'card'}, h('summary', {}, t('tx.payload')), h('code', {class: 'long'}, carried.payload)) : null);
}
