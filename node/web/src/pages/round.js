// One round: its work units, and once it is over its reward receipt, computed again here.
import {get} from '../api.js';
import {h} from '../dom.js';
import {bytes, nats, percent, shares, whole} from '../format.js';
import {t} from '../language.js';
import {badge, card, facts, heading, notice, stat, stats} from '../parts/layout.js';
import {account_link, block_link, hash_link} from '../parts/links.js';
import {phase_badge, phases} from '../parts/phases.js';
import {table} from '../parts/table.js';
import {recount} from '../proof/receipt.js';

const finished = new Set(['decided', 'voided']);
const status_kind = {accepted: 'good', disputed: 'bad', missing: 'bad', withheld: 'bad', unaudited: 'bad', rejected: 'bad'};

function audits_of(unit) {
  if (unit.audits.length === 0) return '–';
  return h('ul', {class: 'plain'}, unit.audits.map((audit) => {
    const last = audit.first_segment + audit.segments - 1;
    const where = audit.segments > 1 ? `${audit.first_segment}–${last}` : String(audit.first_segment);
    const verdict = audit.same === null ? t('audit.open') : audit.same ? t('audit.same') : t('audit.different');
    return h('li', {}, audit.auditor ? account_link(audit.auditor) : '–', ' ', h('small', {}, t('audit.segments', {where})), ' ',
      badge(verdict, audit.same === null ? 'plain' : audit.same ? 'good' : 'bad'));
  }));
}

function units_table(round) {
  return table(t('round.units'), [
    {name: t('unit.number'), cell: (unit) => String(unit.number)},
    {name: t('unit.trainer'), cell: (unit) => account_link(unit.trainer)},
    {name: t('round.state'), cell: (unit) => badge(t(`unit.${unit.status}`), status_kind[unit.status] ?? 'plain')},
    {name: t('unit.audits'), cell: audits_of},
    {name: t('unit.loss'), cell: (unit) => (unit.loss_first === undefined ? '–' : `${nats(unit.loss_first, 3)} → ${nats(unit.loss_last, 3)}`), number: true},
    {name: t('unit.tokens'), cell: (unit) => (unit.tokens === undefined ? '–' : whole(unit.tokens)), number: true},
    {name: t('unit.bytes'), cell: (unit) => (unit.bytes === undefined ? '–' : bytes(unit.bytes)), number: true},
  ], round.units, t('round.no_units'));
}

/** Why a row was minted, in words. */
export function reason_of(row) {
  if (row.kind === 'validator') return t('reason.blocks', {blocks: whole(row.blocks)});
  if (row.kind === 'data') {
    const paid = row.weight === row.windows ? '' : ' ' + t('reason.paid', {windows: whole(row.weight)});
    return h('span', {}, t('reason.windows', {windows: whole(row.windows)}), ' ', hash_link('data', row.shard), paid);
  }
  const parts = [['units', 'reason.units'], ['attestations', 'reason.attestations'], ['scorings', 'reason.scorings'], ['verdicts', 'reason.verdicts']]
    .filter(([name]) => row[name] > 0).map(([name, words]) => t(words, {count: whole(row[name])}));
  if (row.audit_permille > 0) parts.splice(1, 0, t('reason.audits', {units: (row.audit_permille / 1000).toFixed(3)}));
  return parts.join(', ');
}

function formula(receipt) {
  const {formula: f, mint} = receipt;
  const part = (name, points, by) => h('tr', {}, h('th', {scope: 'row'}, t(`mint.${name}`)), h('td', {class: 'number'}, percent(f[points], 10_000, 0)),
    h('td', {class: 'number'}, shares(mint[by], 2)), h('td', {}, t(`mint.${name}_by`)));
  return h('div', {},
    h('p', {}, t('mint.formula', {pool: shares(mint.pool, 2), accepted: receipt.units_accepted, target: f.target_units, scaled: shares(mint.scaled, 2)})),
    h('table', {class: 'small'}, h('caption', {class: 'unseen'}, t('mint.title')), h('tbody', {},
      part('compute', 'mint_compute_bp', 'compute_part'), part('data', 'mint_data_bp', 'data_part'), part('validator', 'mint_validators_bp', 'validators_part'))),
    h('p', {class: 'foot'}, t('mint.vesting', {rounds: f.vesting_rounds})));
}

function recounted(receipt) {
  const lines = [...recount(receipt)];
  const wrong = lines.filter((line) => line.computed !== line.stated);
  if (wrong.length === 0) return notice('good', h('strong', {}, '✓ '), t('receipt.agrees', {count: lines.length}));
  return notice('bad', t('receipt.differs'), h('ul', {}, wrong.map((line) => h('li', {}, `${line.name}: ${line.computed} ≠ ${line.stated}`))));
}

function minted_table(receipt) {
  return table(t('receipt.minted'), [
    {name: t('receipt.for'), cell: (row) => badge(t(`kind.${row.kind}`), row.kind)},
    {name: t('receipt.owner'), cell: (row) => account_link(row.beneficiary)},
    {name: t('receipt.why'), cell: reason_of},
    {name: t('receipt.shares'), cell: (row) => shares(row.amount), number: true},
    {name: t('receipt.part'), cell: (row) => percent(row.amount, receipt.mint.minted), number: true},
    {name: t('receipt.clawed'), cell: (row) => (row.clawed_back === '0' ? '' : shares(row.clawed_back)), number: true},
  ], receipt.minted);
}

export async function round(context) {
  const {number} = context.parameters;
  const options = {signal: context.signal};
  let shown = await get(`/v1/rounds/${number}`, options);
  const over = finished.has(shown.phase);
  if (over) shown = await get(`/v1/rounds/${shown.number}/receipt`, options);
  const decided = shown.phase === 'decided';
  if (!over) {
    context.on('round', (event) => {
      if (event.number >= shown.number) dispatchEvent(new HashChangeEvent('hashchange'));
    });
  }
  const before = shown.base.held_out_loss;
  const after = shown.checkpoint?.held_out_loss;
  return h('div', {},
    heading(t('round.title', {number: shown.number}), decided ? t('round.lead_decided') : over ? t('round.lead_voided', {reason: shown.reason ?? ''}) : t('round.lead_live'),
      h('div', {class: 'steps'},
        shown.number > 1 ? h('a', {href: `#/rounds/${shown.number - 1}`, rel: 'prev'}, '← ' + (shown.number - 1)) : null,
        over ? h('a', {href: `#/rounds/${shown.number + 1}`, rel: 'next'}, (shown.number + 1) + ' →') : null)),
    over ? null : card(t('overview.now'), phases(shown.phase)),
    stats(
      stat(t('round.state'), phase_badge(shown.phase)),
      stat(t('round.before'), nats(before), t('overview.loss_axis')),
      decided ? stat(t('round.after'), nats(after), (after <= before ? '−' : '+') + nats(Math.abs(before - after))) : null,
      stat(t('round.units'), `${shown.units_accepted} / ${shown.units_total}`, t('round.units_note')),
      decided ? stat(t('round.minted'), shares(shown.mint.minted, 2), t('receipt.shares_note')) : null),
    card(t('round.units'), units_table(shown)),
    decided ? card(t('receipt.title'), recounted(shown), formula(shown), minted_table(shown)) : null,
    card(t('round.details'), facts(
      [t('round.opened'), block_link(shown.opened)],
      shown.closed === null ? null : [t('round.closed'), block_link(shown.closed)],
      [t('round.generation'), String(shown.checkpoint?.generation ?? shown.base.generation)],
      [t('round.root'), h('code', {class: 'long'}, (shown.checkpoint ?? shown.base).root)],
      [t('round.seed'), h('code', {class: 'long'}, shown.seed)])));
}
