// The page's words in the reader's language: what he chose, else what his browser asks for, else English.
import {english} from './words/english.js';
import {korean} from './words/korean.js';

const known = {en: english, ko: korean};
const listeners = new Set();
let chosen = initial();

function initial() {
  const kept = localStorage.getItem('dure.language');
  if (kept in known) return kept;
  return (navigator.languages ?? []).some((language) => language.startsWith('ko')) ? 'ko' : 'en';
}

export function language() {
  return chosen;
}

export function locale() {
  return chosen === 'ko' ? 'ko-KR' : 'en';
}

export function choose_language(next) {
  chosen = next;
  localStorage.setItem('dure.language', next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

export function on_language(listener) {
  listeners.add(listener);
}

/** The words for a key, with {names} filled in. A key without words is shown as it is. */
export function t(key, values = {}) {
  const words = known[chosen][key] ?? english[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}
