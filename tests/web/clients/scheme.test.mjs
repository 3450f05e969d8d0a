// Our challenges, problems and receipts, read by mppx, which knows nothing of Dure.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Challenge, Credential, PaymentRequest, Receipt } from 'mppx'
import { channel, node, signatureHolds, voucher } from './payer.mjs'

const body = JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], max_tokens: 4 })
const call = (authorization) =>
  fetch(`${node}/v1/chat/completions`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...(authorization && { authorization }) } })

test('a call without payment brings two challenges that mppx reads', async () => {
  const response = await call()
  assert.equal(response.status, 402)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const raw = response.headers.get('www-authenticate')
  const challenges = Challenge.fromResponseList(response)
  assert.deepEqual(challenges.map((one) => `${one.method}/${one.intent}`), ['dure/session', 'dure/charge'])
  for (const challenge of challenges) {
    assert.equal(challenge.realm, 'dure')
    assert.ok(new Date(challenge.expires) > new Date())
    assert.equal(challenge.digest, `sha-256=:${createHash('sha256').update(body).digest('base64')}:`)
    assert.match(challenge.request.amount, /^[0-9]+$/)
    assert.ok(raw.includes(PaymentRequest.serialize(challenge.request)), 'the request is canonical JSON')
  }
  const problem = await response.json()
  assert.equal(problem.type, 'https://paymentauth.org/problems/payment-required')
  assert.equal(problem.challengeId, challenges[0].id)
})

test('a voucher is signed as specified, and not as anything else', async () => {
  const challenge = Challenge.fromResponse(await call())
  const made = voucher(123n)
  assert.ok(signatureHolds(challenge, made))
  assert.ok(!signatureHolds(challenge, { ...made, cumulativeAmount: '124' }))
})

test('credentials that mppx builds are understood, and refused for what is wrong', async () => {
  const challenge = Challenge.fromResponse(await call())
  const payload = { action: 'voucher', channelId: channel, cumulativeAmount: '999999999999', signature: '00'.repeat(64) }
  const problem = async (credential) => (await (await call(credential)).json()).type
  const base = 'https://paymentauth.org/problems/'
  assert.equal(await problem(Credential.serialize({ challenge, payload })), `${base}session/amount-exceeds-deposit`)
  assert.equal(await problem(Credential.serialize({ challenge, payload: { ...payload, channelId: '00'.repeat(32) } })), `${base}session/channel-not-found`)
  assert.equal(await problem(Credential.serialize({ challenge, payload: { action: 'dance' } })), `${base}invalid-payload`)
  assert.equal(await problem(Credential.serialize({ challenge: { ...challenge, realm: 'other' }, payload })), `${base}invalid-challenge`)
  assert.equal(await problem('Payment !'), `${base}malformed-credential`)
  assert.equal(await problem('Bearer sk-none'), `${base}payment-required`)
})

test('a receipt is read by mppx', async () => {
  const response = await fetch(`${node}/v1/payments/vouchers`, { method: 'POST' })
  const challenge = Challenge.fromResponse(response)
  assert.equal(challenge.digest, undefined)
  const more = 500_000_000n // half of the deposit, and more than the other checks promised
  const raise = await fetch(`${node}/v1/payments/vouchers`, {
    method: 'POST',
    headers: { authorization: Credential.serialize({ challenge, payload: voucher(more) }) },
  })
  assert.equal(raise.status, 200, await raise.clone().text())
  const receipt = Receipt.fromResponse(raise)
  assert.equal(receipt.method, 'dure')
  assert.equal(receipt.reference, channel)
})
