// Lines over rounds, drawn by uPlot in the theme's colours, with the same numbers as a table for who cannot see them.
import uPlot from 'uplot';

import {h} from '../dom.js';
import {t} from '../language.js';
import {color, on_theme} from '../theme.js';
import {table} from './table.js';

const table_rows_max = 40;

function faded(context, top, bottom, name) {
  const gradient = context.createLinearGradient(0, top, 0, bottom);
  gradient.addColorStop(0, color(name));
  gradient.addColorStop(1, 'transparent');
  return gradient;
}

function options(element, {x, y, height, format_y, format_x, marks}) {
  const axis = {
    stroke: color('--muted'),
    font: '12px ' + getComputedStyle(document.body).fontFamily,
    grid: {stroke: color('--line'), width: 1},
    ticks: {show: false},
  };
  return {
    width: Math.max(element.clientWidth, 240),
    height,
    padding: [12, 8, 0, 0],
    legend: {show: false},
    cursor: {y: false, points: {size: 9, fill: color('--accent')}, drag: {x: true, y: false}},
    scales: {x: {time: false}},
    axes: [
      {...axis, grid: {show: false}, values: (plot, values) => values.map((value) => (Number.isInteger(value) ? format_x(value) : ''))},
      {...axis, size: 54, values: (plot, values) => values.map(format_y)},
    ],
    series: [
      {label: x},
      {
        label: y,
        stroke: color('--accent'),
        width: 2.25,
        points: {show: false},
        fill: (plot) => faded(plot.ctx, plot.bbox.top, plot.bbox.top + plot.bbox.height, '--accent-faint'),
      },
    ],
    hooks: {drawClear: [(plot) => draw_marks(plot, marks())]},
  };
}

/** Upright lines where the model grew. */
function draw_marks(plot, marks) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.strokeStyle = color('--harvest');
  ctx.fillStyle = color('--harvest');
  ctx.font = `${12 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const {at, text} of marks) {
    const place = plot.valToPos(at, 'x', true);
    ctx.beginPath();
    ctx.moveTo(place, bbox.top);
    ctx.lineTo(place, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(text, place + 6 * devicePixelRatio, bbox.top + 14 * devicePixelRatio);
  }
  ctx.restore();
}

/** {element, update(data, marks)}; data: [xs, ys], marks: [{at, text}]. It ends with the page's context. */
export function chart(context, {title, x, y, height = 300, format_x = String, format_y = String}) {
  const place = h('div', {class: 'plot', 'aria-hidden': 'true'});
  const readout = h('output', {class: 'readout', 'aria-hidden': 'true'});
  const numbers = h('details', {class: 'numbers'}, h('summary', {}, t('chart.table')));
  const element = h('figure', {class: 'chart', role: 'group', 'aria-label': title}, readout, place, numbers);
  let data = [[], []];
  let marks = [];
  let plot = null;

  const show_value = (at) => {
    if (data[0].length === 0) return;
    const i = at ?? data[0].length - 1;
    readout.textContent = `${x} ${format_x(data[0][i])} · ${format_y(data[1][i])}`;
  };
  const draw = () => {
    plot?.destroy();
    plot = null;
    if (!place.isConnected || data[0].length === 0) return;
    const settings = options(place, {x, y, height, format_x, format_y, marks: () => marks});
    settings.hooks.setCursor = [(drawn) => show_value(drawn.cursor.idx)];
    plot = new uPlot(settings, data, place);
    show_value();
  };
  const list = () => {
    const step = Math.max(1, Math.ceil(data[0].length / table_rows_max));
    const rows = data[0].map((value, i) => [value, data[1][i]]).filter((row, i) => i % step === 0 || i === data[0].length - 1);
    numbers.replaceChildren(h('summary', {}, t('chart.table')), table(title,
      [{name: x, cell: (row) => format_x(row[0])}, {name: y, cell: (row) => format_y(row[1]), number: true}], rows));
  };
  numbers.addEventListener('toggle', () => { if (numbers.open) list(); });

  const resized = new ResizeObserver(() => {
    if (!plot) draw();
    else if (Math.abs(plot.width - place.clientWidth) > 1) plot.setSize({width: place.clientWidth, height});
  });
  resized.observe(place);
  context.later(() => resized.disconnect());
  context.later(on_theme(draw));
  context.later(() => plot?.destroy());
  return {
    element,
    update(new_data, new_marks = []) {
      data = new_data;
      marks = new_marks;
      if (plot) {
        plot.setData(data);
        show_value();
      } else draw();
      if (numbers.open) list();
    },
  };
}
