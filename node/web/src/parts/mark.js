// A small field for each account, drawn from its address: terraces in three of eight colours. For the eye only.
import {s} from '../dom.js';

const shades = 8;

function numbers_of(address) {
  let state = 2166136261;
  for (const character of address) state = Math.imul(state ^ character.charCodeAt(0), 16777619) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** The colour's number, 0 … 7, that an account has in charts. */
export function shade_of(address) {
  return numbers_of(address)() % shades;
}

export function mark(address) {
  const next = numbers_of(address);
  const first = next() % shades;
  const colors = [first, (first + 1 + (next() % 3)) % shades, (first + 4 + (next() % 3)) % shades];
  const bend = () => 2 + (next() % 9);
  const terrace = (y, color) => {
    const [a, b] = [bend(), bend()];
    return s('path', {class: `shade-${color}`, d: `M0 ${y} C6 ${y - 6 + a} 14 ${y - 6 + b} 20 ${y} V20 H0 Z`});
  };
  return s('svg', {class: 'mark', viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false'},
    s('rect', {class: `shade-${colors[0]}`, width: 20, height: 20}), terrace(9, colors[1]), terrace(14, colors[2]));
}
