// The owners' parts as terraced fields: one field for each of the largest, as high as what it holds. For the eye only.
import {s} from '../dom.js';
import {shade_of} from './mark.js';

const width = 400;
const height = 200;
const top = 36;
const fields_max = 7;

function ridge(y, i) {
  const bend = 10 + ((i * 7) % 9);
  const sway = i % 2 === 0 ? bend : -bend;
  return `M0 ${y} C${width * 0.28} ${y - sway} ${width * 0.42} ${y + sway} ${width * 0.62} ${y} S${width * 0.88} ${y - sway} ${width} ${y - sway / 3} V${height} H0 Z`;
}

export function fields(owners, total) {
  const whole = BigInt(total);
  if (whole === 0n || owners.length === 0) return null;
  const parts = owners.slice(0, fields_max).map((owner) => Number((BigInt(owner.total) * 10_000n) / whole) / 10_000);
  const sum = parts.reduce((all, part) => all + Math.sqrt(part), 0);
  let y = top;
  const terraces = parts.map((part, i) => {
    const path = s('path', {class: `shade-${shade_of(owners[i].address)}`, d: ridge(y, i)});
    y += (Math.sqrt(part) / sum) * (height - top);
    return path;
  });
  return s('svg', {class: 'fields', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false'},
    s('circle', {class: 'fields-sun', cx: width * 0.78, cy: 34, r: 20}), terraces);
}
