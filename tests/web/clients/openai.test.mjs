// OpenAI's own client against a node, which is paid through mppx.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { node, payingFetch, receipts, settled } from './payer.mjs'

const client = new OpenAI({ baseURL: `${node}/v1`, apiKey: 'none', fetch: payingFetch, maxRetries: 0 })
const messages = [{ role: 'system', content: 'Answer briefly.' }, { role: 'user', content: '문서를 열려면' }]
const chat = { model: 'dure', messages, max_completion_tokens: 24, seed: 7, temperature: 1 }

test('a chat is answered, and the same seed answers the same', async () => {
  const first = await client.chat.completions.create(chat)
  assert.equal(first.object, 'chat.completion')
  assert.equal(first.choices[0].message.role, 'assistant')
  assert.ok(['stop', 'length'].includes(first.choices[0].finish_reason))
  assert.equal(first.usage.total_tokens, first.usage.prompt_tokens + first.usage.completion_tokens)
  const again = await client.chat.completions.create(chat)
  if (again.model === first.model) assert.equal(again.choices[0].message.content, first.choices[0].message.content)
  assert.ok(receipts.length >= 2 && BigInt(receipts.at(-1).spent) > BigInt(receipts.at(-2).spent))
})

test('a streamed chat is the whole one, with usage at its end', async () => {
  const whole = await client.chat.completions.create(chat)
  const stream = await client.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } })
  let text = ''
  let usage
  let finish
  let model
  for await (const chunk of stream) {
    assert.equal(chunk.object, 'chat.completion.chunk')
    model = chunk.model
    text += chunk.choices[0]?.delta?.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
    usage = chunk.choices.length === 0 ? chunk.usage : usage
  }
  await settled()
  if (model === whole.model) assert.equal(text, whole.choices[0].message.content)
  assert.ok(finish)
  assert.ok(usage.completion_tokens > 0)
})

test('several choices with log-probabilities', async () => {
  const answer = await client.chat.completions.create({ ...chat, n: 2, logprobs: true, top_logprobs: 3 })
  assert.equal(answer.choices.length, 2)
  for (const choice of answer.choices) {
    for (const token of choice.logprobs.content) {
      assert.ok(token.logprob <= 0)
      assert.equal(token.top_logprobs.length, 3)
    }
  }
})

test('completions with a stop string', async () => {
  const request = { model: 'dure', prompt: '프로그램을', max_tokens: 24, temperature: 0, seed: 1 }
  const whole = await client.completions.create(request)
  const text = whole.choices[0].text
  assert.equal(whole.object, 'text_completion')
  const stop = [...text][Math.floor([...text].length / 2)]
  const stopped = await client.completions.create({ ...request, stop: [stop] })
  if (stopped.model === whole.model) {
    assert.equal(stopped.choices[0].text, text.slice(0, text.indexOf(stop)))
    assert.equal(stopped.choices[0].finish_reason, 'stop')
  }
})

test('models, and what there is not', async () => {
  const models = await client.models.list()
  assert.equal(models.data[0].id, 'dure')
  assert.equal((await client.models.retrieve('dure')).object, 'model')
  await assert.rejects(client.models.retrieve('gpt-5'), OpenAI.NotFoundError)
  await assert.rejects(client.embeddings.create({ model: 'dure', input: 'a' }), OpenAI.NotFoundError)
})

test('errors are those of the client', async () => {
  await assert.rejects(client.chat.completions.create({ ...chat, temperature: 9 }), (error) => error instanceof OpenAI.BadRequestError && /temperature/.test(error.message))
  await assert.rejects(client.chat.completions.create({ ...chat, frequency_penalty: 1 }), OpenAI.BadRequestError)
  const poor = new OpenAI({ baseURL: `${node}/v1`, apiKey: 'none', maxRetries: 0 })
  await assert.rejects(poor.chat.completions.create(chat), (error) => error.status === 402 && error.type === 'payment_required')
})
