// Tables, and lists that go on page by page. On a narrow screen each row becomes a card of its own, so every cell
// carries its column's name.
import {page} from '../api.js';
import {fill, h} from '../dom.js';
import {t} from '../language.js';
import {failure} from '../router.js';

/** columns: [{name, cell(row), number}] */
function row_of(columns, row) {
  return h('tr', {}, columns.map(({name, cell, number}, i) =>
    h(i === 0 ? 'th' : 'td', {class: number ? 'number' : null, scope: i === 0 ? 'row' : null, 'data-name': name}, cell(row))));
}

function head_of(columns) {
  return h('thead', {}, h('tr', {}, columns.map(({name, number}) => h('th', {scope: 'col', class: number ? 'number' : null}, name))));
}

export function table(caption, columns, rows, empty = t('list.empty')) {
  if (rows.length === 0) return h('p', {class: 'empty'}, empty);
  return h('div', {class: 'scroll', role: 'group', 'aria-label': caption, tabindex: 0},
    h('table', {}, h('caption', {class: 'unseen'}, caption), head_of(columns), h('tbody', {}, rows.map((row) => row_of(columns, row)))));
}

/** A list of the node's, with a button for more. Gives the element and `reload`, which shows the first page again. */
export async function paged(context, {path, caption, columns, empty = t('list.empty'), limit = 25, on_page = () => {}}) {
  const body = h('tbody', {});
  const more = h('button', {type: 'button', class: 'more'}, t('list.more'));
  const said = h('p', {class: 'empty', role: 'status'});
  let next = null;

  const put = (answer, anew) => {
    const rows = answer.items.map((row) => row_of(columns, row));
    if (anew) fill(body, rows);
    else body.append(...rows);
    next = answer.next;
    more.hidden = next === null;
    said.textContent = body.children.length === 0 ? (next === null ? empty : t('list.none_yet')) : '';
    on_page(answer);
  };
  more.addEventListener('click', async () => {
    more.disabled = true;
    try {
      const before = body.children.length;
      put(await page(path, next, limit, {signal: context.signal}), false);
      body.children[before]?.querySelector('a')?.focus();
    } catch (error) {
      if (!context.signal.aborted) said.replaceChildren(failure(error));
    }
    more.disabled = false;
  });
  put(await page(path, null, limit, {signal: context.signal}), true);

  const element = h('div', {class: 'list'},
    h('div', {class: 'scroll', role: 'group', 'aria-label': caption, tabindex: 0},
      h('table', {}, h('caption', {class: 'unseen'}, caption), head_of(columns), body)), said, more);
  let loading = false;
  const reload = async () => {
    if (loading || body.children.length > limit) return; // who reads on is not moved
    loading = true;
    try {
      put(await page(path, null, limit, {signal: context.signal}), true);
    } catch {
      // the next event tries again
    }
    loading = false;
  };
  return {element, reload};
}
