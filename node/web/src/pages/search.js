// What a text in the search field may mean.
import {get} from '../api.js';
import {h} from '../dom.js';
import {t} from '../language.js';
import {heading} from '../parts/layout.js';
import {mark} from '../parts/mark.js';

const places = {account: 'accounts', block: 'blocks', round: 'rounds', transaction: 'transactions', shard: 'data'};

export function place_of({kind, id}) {
  return places[kind] ? `#/${places[kind]}/${id}` : null;
}

export async function search(context) {
  const text = (context.query.get('q') ?? '').trim();
  const found = text === '' ? [] : (await get('/v1/search?q=' + encodeURIComponent(text), {signal: context.signal})).items;
  const only = found.filter((item) => place_of(item));
  if (only.length === 1) {
    location.replace(place_of(only[0]));
    return h('div', {}, heading(t('search.title')));
  }
  return h('div', {}, heading(t('search.title'), only.length === 0 ? t('search.nothing', {text}) : t('search.found', {count: only.length, text})),
    h('ul', {class: 'found'}, only.map((item) => h('li', {}, h('a', {href: place_of(item)},
      item.kind === 'account' ? mark(item.id) : null, h('b', {}, t(`search.${item.kind}`)), ' ', h('code', {}, item.id))))));
}
