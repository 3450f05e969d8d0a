// One account: what it has and why, what it did, and a proof of it that this browser checks itself.
import {get, page} from '../api.js';
import {h} from '../dom.js';
import {dure, shares, whole} from '../format.js';
import {t} from '../language.js';
import {badge, card, facts, stat, stats} from '../parts/layout.js';
import {account_link, copyable, round_link} from '../parts/links.js';
import {mark} from '../parts/mark.js';
import {proof_card} from '../parts/proof_card.js';
import {paged} from '../parts/table.js';
import {transaction_columns} from '../parts/transactions.js';
import {reason_of} from './round.js';

function holdings_of(account) {
  return stats(
    stat(t('account.shares'), shares(account.total, 2), t('account.shares_note')),
    stat(t('account.free'), shares(account.free, 2)),
    stat(t('owners.unvested'), shares(account.unvested, 2)),
    stat(t('owners.bonded'), shares(account.bonded, 2), account.unbonding === '0' ? null : t('account.unbonding', {shares: shares(account.unbonding, 2)})),
    stat(t('account.balance'), dure(account.balance, 4), 'DURE'),
    stat(t('owners.owed'), dure(account.pending, 6), 'DURE'));
}

function sources_of(earnings) {
  const {flows} = earnings;
  const line = (name, units) => (BigInt(units) === 0n ? null : [t(name), shares(units)]);
  return facts(line('flow.founded', flows.founded), line('flow.minted', earnings.minted), line('flow.clawed', earnings.clawed_back),
    line('flow.received', flows.received), line('flow.given', flows.given), line('flow.rewarded', flows.rewarded), line('flow.slashed', flows.slashed),
    [t('flow.total'), h('b', {}, shares(earnings.total))]);
}

export async function account(context) {
  const {address} = context.parameters;
  const options = {signal: context.signal};
  const path = `/v1/accounts/${address}`;
  const found = await get(path, options);
  const earnings = await page(`${path}/earnings`, null, 1, options);
  const rows = await paged(context, {
    path: `${path}/earnings`,
    caption: t('account.earned'),
    empty: t('account.earned_nothing'),
    limit: 20,
    columns: [
      {name: t('round.number'), cell: (row) => round_link(row.round)},
      {name: t('receipt.for'), cell: (row) => badge(t(`kind.${row.kind}`), row.kind)},
      {name: t('receipt.why'), cell: reason_of},
      {name: t('account.by'), cell: (row) => (row.contributor === address ? t('account.itself') : account_link(row.contributor))},
      {name: t('receipt.owner'), cell: (row) => (row.beneficiary === address ? t('account.itself') : account_link(row.beneficiary))},
      {name: t('receipt.shares'), cell: (row) => shares(row.amount), number: true},
    ],
  });
  const history = await paged(context, {
    path: `/v1/transactions?account=${address}`, caption: t('account.history'), empty: t('account.no_history'), limit: 20,
    columns: transaction_columns(),
  });
  context.on('block', (block) => { if (block.transactions > 0) history.reload(); });
  return h('div', {},
    h('header', {class: 'page-head account-head'}, mark(address), h('div', {}, h('h1', {}, t('account.title')), copyable(address, t('account.address')))),
    holdings_of(found),
    h('div', {class: 'columns'},
      proof_card(context, address, found),
      card(t('account.sources'), sources_of(earnings), facts(
        found.beneficiary ? [t('account.beneficiary'), account_link(found.beneficiary)] : null,
        found.deposit === '0' ? null : [t('account.deposit'), dure(found.deposit) + ' DURE'],
        [t('account.nonce'), whole(found.nonce)]))),
    card(t('account.earned'), rows.element),
    card(t('account.history'), history.element));
}
