// The page's frame: who we are, where one can go, search, language, light, and whether the node still talks to us.
import {get} from './api.js';
import {fill, h} from './dom.js';
import {choose_language, language, on_language, t} from './language.js';
import {live} from './live.js';
import {account} from './pages/account.js';
import {block, blocks, transaction, transactions} from './pages/blocks.js';
import {data, shard} from './pages/data.js';
import {overview} from './pages/overview.js';
import {owners} from './pages/owners.js';
import {playground} from './pages/playground.js';
import {reported} from './pages/reported.js';
import {round} from './pages/round.js';
import {rounds} from './pages/rounds.js';
import {search} from './pages/search.js';
import {servers} from './pages/servers.js';
import {logo} from './parts/logo.js';
import {kept_chain, trust} from './proof/trust.js';
import {here, route, show} from './router.js';
import {apply_theme, choose_theme, is_dark, on_theme} from './theme.js';

route('/', overview);
route('/rounds', rounds);
route('/rounds/{number}', round);
route('/owners', owners);
route('/accounts/{address}', account);
route('/data', data);
route('/data/{hash}', shard);
route('/blocks', blocks);
route('/blocks/{height}', block);
route('/transactions', transactions);
route('/transactions/{id}', transaction);
route('/servers', servers);
route('/reported/{id}', reported);
route('/playground', playground);
route('/search', search);

const places = [['/', 'overview'], ['/rounds', 'rounds'], ['/owners', 'owners'], ['/data', 'data'], ['/blocks', 'blocks'], ['/servers', 'servers'], ['/playground', 'playground']];
const sections = {accounts: '/owners', transactions: '/blocks', reported: '/servers'};

const main = h('main', {id: 'main', tabindex: -1});
const header = h('header', {class: 'top'});
const footer = h('footer', {class: 'bottom'});
const warning = h('div', {class: 'chain-warning'});

function navigation() {
  const first = here().path.split('/')[1] ?? '';
  const at = sections[first] ?? '/' + first;
  return h('nav', {'aria-label': t('nav.label')}, h('ul', {}, places.map(([path, name]) =>
    h('li', {}, h('a', {href: '#' + path, 'aria-current': path === at ? 'page' : null}, t(`nav.${name}`))))));
}

function search_form() {
  const field = h('input', {type: 'search', name: 'q', placeholder: t('search.hint'), 'aria-label': t('search.label'), autocomplete: 'off', spellcheck: 'false'});
  const find = (event) => {
    event.preventDefault();
    if (field.value.trim() !== '') location.hash = '/search?q=' + encodeURIComponent(field.value.trim());
  };
  return h('form', {class: 'search', role: 'search', onsubmit: find}, field, h('button', {type: 'submit', class: 'quiet', 'aria-label': t('search.button')}, '⌕'));
}

function live_sign() {
  return h('p', {class: `live live-${live.state}`, role: 'status'}, h('span', {class: 'dot', 'aria-hidden': 'true'}), t(`live.${live.state}`));
}

function switches() {
  const other = language() === 'ko' ? 'en' : 'ko';
  const dark = is_dark();
  return h('div', {class: 'switches'},
    h('button', {type: 'button', class: 'quiet', lang: other, onclick: () => choose_language(other)}, other === 'ko' ? '한국어' : 'English'),
    h('button', {type: 'button', class: 'quiet', 'aria-label': t(dark ? 'theme.light' : 'theme.dark'), onclick: () => choose_theme(dark ? 'light' : 'dark')}, dark ? '☀' : '☾'));
}

function frame() {
  fill(header,
    h('a', {class: 'skip', href: '#main', onclick: (event) => { event.preventDefault(); main.focus(); }}, t('nav.skip')),
    h('a', {class: 'brand', href: '#/'}, logo(), h('span', {}, 'Dure', h('small', {lang: 'ko'}, '두레'))),
    navigation(), search_form(), live_sign(), switches());
  fill(footer, h('p', {}, t('footer.what')), h('p', {}, h('a', {href: '/v1/status'}, t('footer.api'))));
}

function mark_navigation() {
  header.querySelector('nav')?.replaceWith(navigation());
}

/** Another chain than the one this browser saw first is said loudly: every proof would be of that other one. */
async function check_chain() {
  const {chain_id: id} = await get('/v1/status');
  const kept = kept_chain();
  if (kept === null || kept === id) return;
  const accept = () => {
    trust(id);
    fill(warning);
    show(main);
  };
  fill(warning, h('div', {class: 'notice notice-bad', role: 'alert'}, h('p', {}, t('chain.other', {kept: kept.slice(0, 16), id: id.slice(0, 16)})),
    h('button', {type: 'button', onclick: accept}, t('chain.accept'))));
}

document.documentElement.lang = language();
apply_theme();
document.body.append(header, warning, main, footer);
frame();
on_language(() => { frame(); show(main); });
on_theme(frame);
live.addEventListener('state', () => header.querySelector('.live')?.replaceWith(live_sign()));
live.on('gap', () => show(main));
addEventListener('hashchange', (event) => {
  mark_navigation();
  show(main, {focus: event.oldURL !== ''});
});
show(main);
live.start();
check_chain().catch(() => {}); // the page itself says that the node does not answer
