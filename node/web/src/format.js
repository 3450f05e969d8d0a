// Numbers for people. Amounts come from the node as decimal strings of base units and stay integers until they are shown.
import {locale} from './language.js';

const grain_digits = 9;
const share_digits = 6;

/** Digits with the locale's separators, exact for any size. */
export function whole(value) {
  return new Intl.NumberFormat(locale()).format(BigInt(value ?? 0));
}

function fixed(units, digits, shown) {
  const value = BigInt(units ?? 0);
  const scale = 10n ** BigInt(digits);
  let fraction = (value % scale).toString().padStart(digits, '0');
  fraction = (shown === undefined ? fraction : fraction.slice(0, shown)).replace(/0+$/, '');
  return whole(value / scale) + (fraction === '' ? '' : '.' + fraction);
}

/** Grain as DURE: exact, or cut to so many digits behind the point. */
export function dure(grain, shown) {
  return fixed(grain, grain_digits, shown);
}

/** Base units as shares. */
export function shares(units, shown) {
  return fixed(units, share_digits, shown);
}

/** Micro-nats as nats. */
export function nats(micro, digits = 4) {
  return (Number(micro) / 1e6).toFixed(digits);
}

/** 1234567 as 1.2M (in Korean 123만). */
export function compact(value) {
  return new Intl.NumberFormat(locale(), {notation: 'compact', maximumFractionDigits: 1}).format(Number(value ?? 0));
}

export function decimal(value, digits = 2) {
  return new Intl.NumberFormat(locale(), {maximumFractionDigits: digits}).format(Number(value));
}

/** a of b, as a part of a hundred; exact enough for integers of any size. */
export function percent(a, b, digits = 1) {
  if (BigInt(b ?? 0) === 0n) return '–';
  const part = Number((BigInt(a ?? 0) * 1_000_000n) / BigInt(b)) / 1_000_000;
  return new Intl.NumberFormat(locale(), {style: 'percent', maximumFractionDigits: digits}).format(part);
}

export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = Number(count ?? 0);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return decimal(value, unit === 0 ? 0 : 1) + ' ' + units[unit];
}

/** dure1qxyz…7k2m */
export function short_address(address) {
  return address.length > 20 ? address.slice(0, 11) + '…' + address.slice(-4) : address;
}

export function short_hash(hash) {
  return hash.length > 16 ? hash.slice(0, 8) + '…' + hash.slice(-4) : hash;
}
