// Where a round stands: its phases in order, the present one marked.
import {h} from '../dom.js';
import {t} from '../language.js';
import {badge} from './layout.js';

const order = ['joining', 'drawing', 'training', 'revealing', 'auditing', 'opening', 'checking', 'attesting', 'decided'];
/** Phases that people need not tell apart. */
const shown_as = {drawing_auditors: 'auditing', opening_attestations: 'attesting'};

export function phase_badge(phase) {
  return badge(t(`phase.${phase}`), phase === 'decided' ? 'good' : phase === 'voided' ? 'bad' : 'now');
}

export function phases(phase) {
  const now = shown_as[phase] ?? phase;
  const at = order.indexOf(now);
  return h('div', {},
    h('ol', {class: 'phases', 'aria-label': t('phases.label')}, order.map((name, i) =>
      h('li', {class: i < at ? 'done' : i === at ? 'now' : null, 'aria-current': i === at ? 'step' : null, title: t(`phase.${name}`)}, h('span', {class: 'unseen'}, t(`phase.${name}`))))),
    h('p', {class: 'phase-now'}, h('b', {}, t(`phase.${now}`)), ' ', t(`phase.${now}_means`)));
}
