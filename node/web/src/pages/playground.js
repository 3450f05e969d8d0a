// Asking the model and paying for it: by a key in this browser, or through `dure proxy` on the reader's machine.
import {get, problem_of} from '../api.js';
import {fill, h} from '../dom.js';
import {dure} from '../format.js';
import {t} from '../language.js';
import {card, facts, heading, notice} from '../parts/layout.js';
import {account_link, copyable, round_link} from '../parts/links.js';
import {ask_and_pay, channel_to, fee, own_server} from '../wallet/channel.js';
import {stream_completion} from '../wallet/completion.js';
import {forget_key, keep_key, kept_key, make_key} from '../wallet/key.js';
import {read_receipt, read_signed} from '../wallet/payment.js';

const grain_per_dure = 1_000_000_000;
const proxy_place = 'dure.proxy';
const proxy_usual = 'http://127.0.0.1:8787';
const deposit_usual = '1';

function field(name, input) {
  return h('label', {class: 'field'}, h('span', {}, name), input);
}

/** Grain of a DURE amount as people write it. */
function grain_of(text) {
  const value = Math.round(Number(text) * grain_per_dure);
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(t('playground.deposit') + ': ' + text);
  return BigInt(value);
}

/** The key, its balance and its channel. */
function wallet_box(context, status) {
  const place = h('div', {});
  const server = status.address;
  const draw = async () => {
    const key = kept_key();
    if (key === null) return fill(place, without_key(draw));
    const found = await get(`/v1/accounts/${key.address}`, {signal: context.signal});
    const channel = channel_to(status.chain_id, key.address, server);
    const left = channel === null ? t('playground.no_channel') :
      t('playground.left', {left: dure(channel.deposit - channel.spent), deposit: dure(channel.deposit)});
    fill(place,
      facts([t('account.address'), account_link(key.address)], [t('playground.balance'), h('b', {'data-balance': found.balance}, dure(found.balance), ' DURE')], [t('playground.channel'), left]),
      BigInt(found.balance) === 0n && channel === null ? h('div', {}, h('p', {}, t('playground.fund')), h('code', {class: 'command'}, `dure send ${key.address} 10 --from customer`)) : null,
      h('div', {class: 'actions'}, h('button', {type: 'button', class: 'quiet', onclick: (event) => event.target.replaceWith(copyable(key.secret(), t('playground.secret')))}, t('playground.reveal')),
        h('button', {type: 'button', class: 'quiet', onclick: () => {
          if (!confirm(t('playground.forget_sure'))) return;
          forget_key();
          draw();
        }}, t('playground.forget'))));
    return undefined;
  };
  context.on('block', (block) => { if (block.transactions > 0) draw().catch(() => {}); });
  return {element: h('div', {}, notice('plain', t('playground.wallet_note')), place), draw};
}

function without_key(draw) {
  const secret = h('input', {type: 'password', autocomplete: 'off', spellcheck: 'false'});
  const said = h('p', {class: 'bad', role: 'alert'});
  const take = () => {
    try {
      keep_key(secret.value);
      draw();
    } catch (error) {
      said.textContent = error.message;
    }
  };
  return h('div', {class: 'without-key'}, h('button', {type: 'button', class: 'primary', onclick: () => { make_key(); draw(); }}, t('playground.make')),
    h('details', {}, h('summary', {}, t('playground.import')), field(t('playground.secret'), secret), h('button', {type: 'button', onclick: take}, t('playground.import'))), said);
}

async function ask_proxy(address, request, {signal, on_text}) {
  const response = await fetch(address.replace(/\/+$/, '') + '/v1/completions', {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({...request, stream: true}), signal,
  });
  if (!response.ok) throw await problem_of(response);
  const completion = await stream_completion(response, on_text);
  return {receipt: read_receipt(completion.payment_receipt), completion, server: response.headers.get('dure-server')};
}

/** How anybody finds out whether this was the model's answer. */
function signed_part(signed, server) {
  if (signed === null || server === null) return null;
  const {id, genuine} = read_signed(signed, server);
  if (!genuine) return notice('bad', t('playground.not_signed'));
  return h('p', {}, t('playground.check'), ' ', copyable(`dure verify ${id}`, t('playground.check')));
}

function outcome({receipt, completion, server}) {
  const said = t('playground.done', {cost: dure(receipt.cost), input: receipt.input_tokens, output: receipt.output_tokens});
  return h('div', {}, notice('good', h('strong', {}, '✓ ' + said)), facts(
    server === null ? null : [t('servers.server'), account_link(server)],
    [t('playground.cost'), h('b', {'data-cost': receipt.cost.toString()}, dure(receipt.cost), ' DURE')],
    [t('playground.spent'), dure(receipt.spent) + ' DURE'],
    [t('playground.tokens'), `${receipt.input_tokens}, ${receipt.output_tokens}`],
    completion.checkpoint_round === undefined ? null : [t('playground.checkpoint'), h('span', {}, t('round.title', {number: ''}), round_link(completion.checkpoint_round), ' ', h('code', {class: 'long'}, completion.checkpoint_root ?? ''))],
    completion.seed === undefined ? null : [t('playground.seed'), String(completion.seed)]), signed_part(receipt.signed, server));
}

export async function playground(context) {
  const options = {signal: context.signal};
  const status = await get('/v1/status', options);
  const {own, others} = await own_server(status.address, options);
  const wallet = wallet_box(context, status);
  const deposit = h('input', {name: 'deposit', inputmode: 'decimal', value: deposit_usual});
  const proxy = h('input', {name: 'proxy', type: 'url', value: localStorage.getItem(proxy_place) ?? proxy_usual});
  const by_wallet = h('div', {}, wallet.element, field(t('playground.deposit'), deposit));
  const by_proxy = h('div', {}, field(t('playground.proxy_address'), proxy));
  let payer = own === null ? 'proxy' : 'wallet';
  const choose = (which) => {
    payer = which;
    by_wallet.hidden = which !== 'wallet';
    by_proxy.hidden = which !== 'proxy';
  };
  const choice = (which, words) => h('label', {class: 'choice'},
    h('input', {type: 'radio', name: 'payer', value: which, checked: which === payer, disabled: which === 'wallet' && own === null, onchange: () => choose(which)}), words);

  const prompt = h('textarea', {name: 'prompt', 'aria-label': t('playground.prompt'), required: true, maxlength: 8000}, '');
  const max_tokens = h('input', {name: 'max_tokens', type: 'number', min: 1, max: 512, value: 64});
  const temperature = h('input', {name: 'temperature', type: 'number', min: 0, max: 2, step: 0.1, value: 0.8});
  const ask = h('button', {type: 'submit', class: 'primary'}, t('playground.ask'));
  const stop = h('button', {type: 'button', hidden: true}, t('playground.stop'));
  const said = h('p', {class: 'empty', role: 'status'});
  const answer = h('p', {class: 'answer', 'aria-live': 'polite'});
  const receipt = h('div', {});

  const submit = async (event) => {
    event.preventDefault();
    const abort = new AbortController();
    context.later(() => abort.abort());
    stop.onclick = () => abort.abort();
    ask.disabled = true;
    stop.hidden = false;
    fill(receipt);
    fill(answer, h('span', {class: 'asked'}, prompt.value));
    const request = {prompt: prompt.value, max_tokens: Number(max_tokens.value), temperature: Number(temperature.value)};
    const ways = {signal: abort.signal, on_text: (piece) => answer.append(piece), say: (words) => { said.textContent = words; }};
    try {
      if (payer === 'proxy') localStorage.setItem(proxy_place, proxy.value);
      const result = payer === 'proxy' ? await ask_proxy(proxy.value, request, ways) : await pay_by_key(request, grain_of(deposit.value), ways);
      fill(receipt, outcome(result));
      said.textContent = '';
    } catch (error) {
      said.textContent = '';
      if (!abort.signal.aborted) fill(receipt, notice('bad', error.message));
    }
    ask.disabled = false;
    stop.hidden = true;
    if (!context.signal.aborted) wallet.draw().catch(() => {});
  };
  const pay_by_key = async (request, amount, ways) => {
    const key = kept_key() ?? make_key();
    const {balance} = await get(`/v1/accounts/${key.address}`, options);
    const need = amount + fee;
    if (channel_to(status.chain_id, key.address, status.address) === null && BigInt(balance) < need)
      throw new Error(t('playground.poor', {balance: dure(balance), need: dure(need)}));
    return ask_and_pay(key, request, amount, ways);
  };
  choose(payer);
  await wallet.draw();
  const element = h('div', {}, heading(t('playground.title'), t('playground.lead')),
    own === null ? notice('plain', t('playground.not_selling'), ' ', others.map((server) => account_link(server.address))) : null,
    h('form', {class: 'playground', onsubmit: submit},
      h('div', {},
        card(t('playground.prompt'), h('div', {class: 'field'}, prompt), h('div', {class: 'settings'}, field(t('playground.max_tokens'), max_tokens), field(t('playground.temperature'), temperature)),
          h('div', {class: 'actions'}, ask, stop, said)),
        card(t('playground.answer'), answer, receipt)),
      card(t('playground.payer'), h('fieldset', {}, h('legend', {class: 'unseen'}, t('playground.payer')), choice('wallet', t('playground.wallet')), choice('proxy', t('playground.proxy'))), by_wallet, by_proxy)));
  return element;
}
