// From the address behind '#' to a page, and what a page may count on while it is shown.
//
// A page is an async function (context) that gives its element. context.parameters holds what stands in a route's
// {braces}, context.query the rest; context.on(live event, f) and context.later(f) end with the page; context.signal
// aborts its requests.
import {fill, h} from './dom.js';
import {t} from './language.js';
import {live} from './live.js';

const routes = [];
let leave = () => {};
let turn = 0;

export function route(pattern, page) {
  routes.push({parts: pattern.split('/').filter(Boolean), page});
}

function matched(path) {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  for (const {parts: wanted, page} of routes) {
    if (wanted.length !== parts.length) continue;
    const parameters = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith('{')) return part === parts[i];
      parameters[part.slice(1, -1)] = parts[i];
      return true;
    });
    if (fits) return {page, parameters};
  }
  return null;
}

export function here() {
  const [path, query = ''] = location.hash.replace(/^#/, '').split('?');
  return {path: path === '' ? '/' : path, query: new URLSearchParams(query)};
}

function context_for(parameters, query) {
  const ends = [];
  const abort = new AbortController();
  ends.push(() => abort.abort());
  return {
    parameters,
    query,
    signal: abort.signal,
    on: (name, f) => ends.push(live.on(name, f)),
    later: (f) => ends.push(f),
    end: () => ends.forEach((f) => f()),
  };
}

export function failure(error) {
  return h('div', {class: 'notice notice-bad', role: 'alert'},
    h('strong', {}, t('error.title')), ' ', error.message);
}

/** Shows the page of the address. `focus`: a reader came here by a link, so the page's heading is read out. */
export async function show(main, {focus = false} = {}) {
  const own_turn = ++turn;
  leave();
  const {path, query} = here();
  const found = matched(path);
  const context = context_for(found?.parameters ?? {}, query);
  leave = context.end;
  main.setAttribute('aria-busy', 'true');
  let element;
  try {
    element = found ? await found.page(context)
      : h('div', {}, h('h1', {}, t('error.nothing')), h('p', {}, h('a', {href: '#/'}, t('nav.overview'))));
  } catch (error) {
    if (own_turn !== turn) return;
    element = h('div', {}, h('h1', {}, t('error.heading')), failure(error));
  }
  if (own_turn !== turn) {
    context.end();
    return;
  }
  fill(main, element);
  main.removeAttribute('aria-busy');
  const heading = main.querySelector('h1');
  document.title = (heading && path !== '/' ? heading.textContent + ' · ' : '') + 'Dure';
  if (focus) {
    scrollTo(0, 0);
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({preventScroll: true});
  }
}
