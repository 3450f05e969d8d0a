// docs/operating/openapi.json against the running node: every GET that it lists is asked, every answer is held against its schema,
// and so are a bought answer, its receipt, and errors. Schemas are closed: a field that they do not name is a fault, too.
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';

import Ajv2020 from 'ajv/dist/2020.js';

import {ask, check, node} from '../browser.mjs';

const document = JSON.parse(readFileSync(process.env.DURE_OPENAPI, 'utf8'));
const ajv = new Ajv2020({strict: false, validateFormats: false, allErrors: true});
ajv.addSchema(document, 'openapi');

/** What is wrong with a value by a schema of the document; nothing if it fits. */
function faults(schema, value) {
  const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
  return ajv.validate(rooted, value) ? '' : ajv.errorsText(ajv.errors, {separator: '\n'});
}

const schema_of = (name) => ({$ref: `#/components/schemas/${name}`});
const resolved = (part) => (part.$ref ? part.$ref.slice(2).split('/').reduce((at, key) => at[key], document) : part);

function tagged_hash(tag, bytes) {
  const of_tag = createHash('sha256').update(tag).digest();
  return createHash('sha256').update(of_tag).update(of_tag).update(bytes).digest('hex');
}

const receipt_bytes = (header) => Buffer.from(JSON.parse(Buffer.from(header, 'base64url')).inferenceReceipt, 'base64url');

/** Buys an answer of each kind through `dure proxy`; gives the name of the last one's receipt. */
async function bought_answers() {
  const proxy = spawn(process.env.DURE, ['proxy', '--listen', '127.0.0.1:0', '--from', 'customer', '--json'], {stdio: ['ignore', 'pipe', 'ignore']});
  try {
    const [line] = await createInterface({input: proxy.stdout})[Symbol.asyncIterator]().next().then(({value}) => [value]);
    const url = JSON.parse(line).url.replace(/\/v1$/, '');
    const requests = {
      '/v1/completions': {prompt: '새 문서를', max_tokens: 8, n: 2, logprobs: 2},
      '/v1/chat/completions': {messages: [{role: 'user', content: '컴퓨터를'}], max_tokens: 8, logprobs: true, top_logprobs: 2},
    };
    let receipt;
    for (const [path, body] of Object.entries(requests)) {
      const {requestBody, responses} = document.paths[path].post;
      check(faults(requestBody.content['application/json'].schema, body) === '', `POST ${path}: the request is as documented`);
      const response = await fetch(url + path, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
      const answer = await response.json();
      const wrong = response.status === 200 ? faults(responses['200'].content['application/json'].schema, answer) : JSON.stringify(answer);
      check(wrong === '', `POST ${path}: and so is the answer`, wrong);
      receipt = receipt_bytes(response.headers.get('payment-receipt'));
    }
    return tagged_hash('dure/inference-receipt', receipt.subarray(0, -64));
  } finally {
    proxy.kill('SIGTERM');
  }
}

/** Something real for each example that the document names. */
async function examples() {
  const first = async (path) => (await ask(path)).items[0];
  const [status, owner, rounds, shard, transaction, settlements] = await Promise.all([
    ask('/v1/status'), first('/v1/owners'), ask('/v1/rounds'), first('/v1/shards'), first('/v1/transactions'), ask('/v1/settlements')]);
  return {
    owner: owner.address, round: rounds.items.find((one) => one.phase === 'decided').number, shard: shard.hash, transaction: transaction.id,
    height: transaction.height, blob: status.checkpoint_blob, model: 'dure', channel: settlements.items.find((one) => one.channel !== null).channel,
    inference: await bought_answers(),
  };
}

/** The address with its examples in it, or nothing where there is no example on this chain. */
function target_of(path, parameters, known) {
  const query = new URLSearchParams();
  let target = path;
  for (const {name, in: where, required, 'x-known': example} of parameters) {
    if (!required) continue;
    if (known[example] === undefined) return undefined;
    if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(known[example]));
    else query.set(name, known[example]);
  }
  return target + (query.size > 0 ? `?${query}` : '');
}

/** What is wrong with the answer to a GET. */
async function fault_of(target, responses, status = 200) {
  const abort = new AbortController();
  const response = await fetch(node + target, {signal: abort.signal});
  const [type] = (response.headers.get('content-type') ?? '').split(';');
  const {content} = resolved(responses[status] ?? responses.default);
  if (response.status !== status || !(type in content)) {
    const text = type.includes('json') ? await response.text() : '';
    abort.abort();
    return {wrong: `${response.status} ${type} ${text}`};
  }
  if (!type.includes('json')) {
    abort.abort(); // the feed of events has no end
    return {wrong: ''};
  }
  const found = await response.json();
  return {wrong: faults(content[type].schema, found), found};
}

async function every_get(known) {
  for (const [path, {get}] of Object.entries(document.paths)) {
    if (!get) continue;
    const parameters = (get.parameters ?? []).map(resolved);
    const target = target_of(path, parameters, known);
    if (target === undefined) { // nothing of the kind is on this chain: asked for something that is not there
      const nowhere = parameters.reduce((place, {name, 'x-known': example}) => place.replace(`{${name}}`, known[example] ?? '0'.repeat(64)), path);
      const {wrong} = await fault_of(nowhere, get.responses, 404);
      check(wrong === '', `GET ${path} says as documented that there is none`, wrong);
      continue;
    }
    const {wrong} = await fault_of(target, get.responses);
    check(wrong === '', `GET ${path} answers as documented`, wrong);
    if (!parameters.some(({name}) => name === 'cursor')) continue;
    const {found} = await fault_of(`${target}?limit=1`, get.responses);
    if (found.next === null) continue;
    const second = await fault_of(`${target}?limit=1&cursor=${encodeURIComponent(found.next)}`, get.responses);
    check(second.wrong === '', `GET ${path}: and so does its next page`, second.wrong);
  }
}

async function posted(path, status, schema, options = {}) {
  const response = await fetch(node + path, {method: 'POST', headers: {'content-type': 'application/json'}, ...options});
  const found = await response.json();
  const wrong = response.status === status ? faults(schema, found) : `${response.status} ${JSON.stringify(found)}`;
  check(wrong === '', `POST ${path}: ${status} as documented`, wrong);
}

export async function documented() {
  for (const name of Object.keys(document.components.schemas)) ajv.compile({$ref: `openapi#/components/schemas/${name}`});
  check(true, 'every schema is one');
  const known = await examples();
  await every_get(known);
  const proven = await ask(`/v1/accounts/${known.owner}?proof=1`);
  check(faults(schema_of('Account'), proven) === '' && 'proof' in proven, 'an account with its proof, too');
  await posted('/v1/blobs', 201, schema_of('StoredBlob'), {headers: {'content-type': 'application/octet-stream'}, body: 'anything'});
  await posted('/v1/transactions', 400, schema_of('Problem'), {body: '{"transaction": "00"}'});
  await posted('/v1/completions', 402, schema_of('OpenaiProblem'), {body: '{"prompt": "a", "max_tokens": 1}'});
  await posted('/v1/chat/completions', 400, schema_of('OpenaiProblem'), {body: '{"messages": 7}'});
  await posted('/v1/payments/vouchers', 402, schema_of('OpenaiProblem'));
  await posted('/v1/embeddings', 404, schema_of('OpenaiProblem'), {body: '{"input": "a"}'});
}
documented.title = 'The HTTP interface as it is documented';
