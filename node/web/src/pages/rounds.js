// All rounds, newest first.
import {h} from '../dom.js';
import {nats, shares} from '../format.js';
import {t} from '../language.js';
import {heading} from '../parts/layout.js';
import {block_link, round_link} from '../parts/links.js';
import {phase_badge} from '../parts/phases.js';
import {paged} from '../parts/table.js';

function change(round) {
  if (round.checkpoint === null) return '–';
  const fell = round.base.held_out_loss - round.checkpoint.held_out_loss;
  return h('span', {class: fell >= 0 ? 'good' : 'bad'}, (fell >= 0 ? '−' : '+') + nats(Math.abs(fell)));
}

export async function rounds(context) {
  const list = await paged(context, {
    path: '/v1/rounds',
    caption: t('nav.rounds'),
    columns: [
      {name: t('round.number'), cell: (round) => round_link(round.number)},
      {name: t('round.state'), cell: (round) => h('span', {}, phase_badge(round.phase),
        round.grows_to !== null ? h('span', {class: 'badge badge-harvest'}, t('round.grew', {generation: round.grows_to})) : null)},
      {name: t('round.loss'), cell: (round) => nats((round.checkpoint ?? round.base).held_out_loss), number: true},
      {name: t('round.change'), cell: change, number: true},
      {name: t('round.units'), cell: (round) => `${round.units_accepted} / ${round.units_total}`, number: true},
      {name: t('round.minted'), cell: (round) => (round.mint === null ? '–' : shares(round.mint.minted, 2)), number: true},
      {name: t('round.closed'), cell: (round) => (round.closed === null ? '–' : block_link(round.closed)), number: true},
    ],
  });
  context.on('round', list.reload);
  return h('div', {}, heading(t('nav.rounds'), t('rounds.lead')), list.element);
}
