// The model's life at a glance: how it learns, how large it is, who owns it, what is paid, what happens now.
import {get, page} from '../api.js';
import {fill, h, set_text} from '../dom.js';
import {compact, decimal, dure, nats, percent, whole} from '../format.js';
import {t} from '../language.js';
import {chart} from '../parts/chart.js';
import {fields} from '../parts/fields.js';
import {holdings} from '../parts/holdings.js';
import {bar, card, stat, stats} from '../parts/layout.js';
import {block_link} from '../parts/links.js';
import {phases} from '../parts/phases.js';

const tiles = 28;
const settlements_shown = 6;

function hero(status, series, owners) {
  const first = series.held_out_loss[0];
  const last = series.held_out_loss.at(-1);
  return h('header', {class: 'hero'}, h('div', {},
    h('p', {class: 'eyebrow'}, t('overview.chain', {name: status.chain_name})),
    h('h1', {}, t(status.owners === 1 ? 'overview.headline_one' : 'overview.headline', {owners: whole(status.owners)})),
    h('p', {class: 'lead'}, t('overview.lead', {rounds: whole(status.rounds_decided), first: nats(first, 2), last: nats(last, 2)}))), fields(owners.items, owners.total_shares));
}

function growth_note(status) {
  if (status.grows_at_tokens === null) return t('overview.largest');
  return h('span', {}, bar(status.admitted_tokens / status.grows_at_tokens,
    t('overview.grows_label', {have: whole(status.admitted_tokens), need: whole(status.grows_at_tokens)})),
  t('overview.grows', {tokens: compact(status.grows_at_tokens)}));
}

function figures(status) {
  return stats(
    stat(t('overview.model'), compact(status.parameters), t('overview.parameters', {generation: status.generation})),
    stat(t('overview.trained'), compact(status.tokens_trained), t('overview.tokens')),
    stat(t('overview.admitted'), compact(status.admitted_tokens), growth_note(status)),
    stat(t('overview.fees'), dure(status.fees_settled, 4), t('overview.fees_note')),
    stat(t('overview.pace'), status.blocks_per_second === null ? '–' : decimal(status.blocks_per_second), t('overview.pace_note')));
}

function round_card(context, status) {
  const place = h('div', {});
  const show = (round) => fill(place,
    h('p', {class: 'round-now'}, h('a', {href: `#/rounds/${round.number}`}, t('overview.round', {number: round.number})),
      h('span', {}, t('overview.units', {done: round.units_submitted, all: round.units_total}))), phases(round.phase));
  show(status.round);
  context.on('round', show);
  return card(t('overview.now'), place);
}

function tile(block) {
  const title = t('overview.block_title', {height: block.height, transactions: block.transactions});
  return h('li', {}, h('a', {href: `#/blocks/${block.height}`, title, 'aria-label': title, class: block.transactions > 0 ? 'full' : null},
    h('span', {vars: {'--fill': Math.min(100, 12 + 22 * Math.log2(1 + block.transactions)).toFixed(0) + '%'}})));
}

function blocks_card(context, blocks) {
  const list = h('ol', {class: 'tiles', 'aria-label': t('overview.blocks')}, blocks.items.slice().reverse().map(tile));
  const newest = h('span', {class: 'newest'}, blocks.items.length > 0 ? block_link(blocks.items[0].height) : '');
  context.on('block', (block) => {
    list.append(tile(block));
    list.lastElementChild.classList.add('new');
    while (list.children.length > tiles) list.firstElementChild.remove();
    fill(newest, block_link(block.height));
  });
  return card(t('overview.blocks'), h('div', {class: 'blocks-now'}, newest, list));
}

function settlement_line(one) {
  return h('li', {}, h('b', {}, dure(one.amount, 6), ' DURE'),
    h('span', {}, t('overview.split', {owners: percent(one.owners_part, one.amount, 0), server: percent(one.server_part, one.amount, 0)})), block_link(one.height));
}

function settlements_card(context, settlements) {
  const empty = h('p', {class: 'empty'}, t('overview.no_fees'));
  const list = h('ul', {class: 'settlements'}, settlements.items.map(settlement_line));
  empty.hidden = settlements.items.length > 0;
  context.on('settlement', (one) => {
    empty.hidden = true;
    list.prepend(settlement_line(one));
    list.firstElementChild.classList.add('new');
    while (list.children.length > settlements_shown) list.lastElementChild.remove();
  });
  return card(t('overview.payments'), list, empty);
}

export async function overview(context) {
  const options = {signal: context.signal};
  const [status, series, owners, blocks, settlements] = await Promise.all([
    get('/v1/status', options), get('/v1/series/rounds?points=600', options), page('/v1/owners', null, 7, options),
    page('/v1/blocks', null, tiles, options), page('/v1/settlements', null, settlements_shown, options)]);

  const curve = chart(context, {
    title: t('overview.loss'), x: t('overview.round_axis'), y: t('overview.loss_axis'), height: 300,
    format_x: (value) => String(value ?? ''), format_y: (value) => (value === null || value === undefined ? '' : value.toFixed(2)),
  });
  const draw = (rows) => {
    const grown = rows.round.flatMap((at, i) => (i > 0 && rows.generation[i] > rows.generation[i - 1] ?
      [{at, text: t('overview.grew', {generation: rows.generation[i]})}] : []));
    curve.update([rows.round, rows.held_out_loss.map((loss) => loss / 1e6)], grown);
  };
  draw(series);

  const head = h('div', {}, hero(status, series, owners));
  const numbers = h('div', {}, figures(status));
  const strip = h('div', {}, holdings(owners.items, owners.total_shares));
  let decided = status.rounds_decided;
  const again = async () => {
    const [now, rows, holders] = await Promise.all([get('/v1/status', options), get('/v1/series/rounds?points=600', options), page('/v1/owners', null, 7, options)]);
    fill(head, hero(now, rows, holders));
    fill(numbers, figures(now));
    fill(strip, holdings(holders.items, holders.total_shares));
    draw(rows);
  };
  context.on('round', (round) => {
    if (round.rounds_decided === decided) return;
    decided = round.rounds_decided;
    again().catch(() => {}); // the next round tries again
  });
  context.on('block', (block) => {
    const pace = numbers.querySelector('.stat:last-child dd')?.firstChild;
    if (pace && block.blocks_per_second !== null) set_text(pace, decimal(block.blocks_per_second));
  });

  return h('div', {class: 'overview'}, head,
    card(t('overview.loss'), curve.element), numbers,
    h('div', {class: 'columns'},
      card(t('overview.owners'), strip, h('p', {class: 'foot'}, h('a', {href: '#/owners'}, t('overview.all_owners')))),
      round_card(context, status)),
    h('div', {class: 'columns'}, blocks_card(context, blocks), settlements_card(context, settlements)));
}
