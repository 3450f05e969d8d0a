// How transactions look in lists.
import {h} from '../dom.js';
import {dure, short_hash, whole} from '../format.js';
import {t} from '../language.js';
import {badge} from './layout.js';
import {account_link, block_link, hash_link, round_link} from './links.js';

/** What each field of a transaction's details is shown as. */
const shown = {
  to: account_link, server: account_link, account: account_link, beneficiary: account_link,
  round: round_link, shard: (hash) => hash_link('data', hash),
  channel: (hash) => h('code', {title: hash}, short_hash(hash)), commitment: (hash) => h('code', {title: hash}, short_hash(hash)),
  same: (holds) => (holds ? t('audit.same') : t('audit.different')), bytes: whole, license: String, language: String,
  proposal: String, yes: (yes) => (yes ? t('vote.yes') : t('vote.taken_back')), unit: String, units: String, task: String, endpoint: String, service: String,
};

/** Pairs of a name and an element; amounts are taken in the unit that people use. */
export function details_of(details) {
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    if (value === null || name.endsWith('_shares')) return [];
    if (name.endsWith('_dure')) return [[t(`field.${name.slice(0, -5)}`), value + ' DURE']];
    if (`${name}_dure` in details) return [];
    if (`${name}_shares` in details) return [[t(`field.${name}`), details[`${name}_shares`] + ' ' + t('unit.shares')]];
    return shown[name] ? [[t(`field.${name}`), shown[name](value)]] : [];
  });
}

export function transaction_name(type) {
  return t(`transaction.${type}`);
}

function summary(row) {
  return h('span', {class: 'details'}, details_of(row.details).slice(0, 3).map(([name, value]) => h('span', {}, h('small', {}, name), ' ', value)));
}

export function transaction_columns() {
  return [
    {name: t('tx.what'), cell: (row) => h('a', {href: `#/transactions/${row.id}`, title: row.id}, transaction_name(row.type))},
    {name: t('tx.from'), cell: (row) => account_link(row.sender)},
    {name: t('tx.details'), cell: summary},
    {name: t('tx.fee'), cell: (row) => dure(row.fee), number: true},
    {name: t('tx.block'), cell: (row) => block_link(row.height), number: true},
    {name: t('tx.outcome'), cell: (row) => (row.ok === false ? badge(t('tx.failed'), 'bad') : badge(t('tx.ok'), 'good'))},
  ];
}
