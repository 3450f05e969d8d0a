// The pieces that pages are made of.
import {h} from '../dom.js';

export function heading(title, lead, ...beside) {
  return h('header', {class: 'page-head'}, h('div', {}, h('h1', {}, title), lead ? h('p', {class: 'lead'}, lead) : null), ...beside);
}

let counter = 0;

export function card(title, ...children) {
  const id = `card-${++counter}`;
  return h('section', {class: 'card', 'aria-labelledby': id}, h('h2', {id}, title), ...children);
}

/** A figure with its name; `note` says more about it. */
export function stat(name, value, note) {
  return h('div', {class: 'stat'}, h('dt', {}, name), h('dd', {}, value, note ? h('small', {}, note) : null));
}

export function stats(...all) {
  return h('dl', {class: 'stats'}, ...all);
}

/** Pairs of a name and what belongs to it. */
export function facts(...pairs) {
  return h('dl', {class: 'facts'}, pairs.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

export function badge(text, kind = 'plain') {
  return h('span', {class: `badge badge-${kind}`}, text);
}

export function notice(kind, ...children) {
  return h('div', {class: `notice notice-${kind}`, role: kind === 'bad' ? 'alert' : 'note'}, ...children);
}

/** How much of a whole, drawn. */
export function bar(part, label) {
  const percent = Math.max(0, Math.min(1, part)) * 100;
  return h('div', {class: 'bar', role: 'img', 'aria-label': label}, h('span', {vars: {'--part': percent.toFixed(2) + '%'}}));
}
