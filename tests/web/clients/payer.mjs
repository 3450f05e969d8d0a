// A client of the Payment scheme's method "dure", built with mppx: it answers a session challenge with a voucher over what
// the challenge asks for. The voucher itself is signed by the `dure` program, whose wallet holds the key.
import { execFileSync } from 'node:child_process'
import { schnorr } from '@noble/curves/secp256k1'
import { sha256 } from '@noble/hashes/sha2'
import { hexToBytes, concatBytes, utf8ToBytes } from '@noble/hashes/utils'
import { bech32m } from '@scure/base'
import { Credential, Method, Receipt, z } from 'mppx'
import { Mppx } from 'mppx/client'

export const node = process.env.DURE_NODE
export const channel = process.env.DURE_CHANNEL
const payer = process.env.DURE_PAYER

const grain = z.string()
const request = z.looseObject({ amount: grain, currency: z.string(), recipient: z.string(), methodDetails: z.looseObject({}) })
const payload = z.looseObject({ action: z.string(), channelId: z.string(), cumulativeAmount: grain, signature: z.string() })
export const session = Method.from({ name: 'dure', intent: 'session', schema: { credential: { payload }, request } })

/** The payload of a voucher over so much in all. */
export function voucher(cumulative) {
  const grains = cumulative.toString().padStart(10, '0')
  const dure = `${grains.slice(0, -9)}.${grains.slice(-9)}`
  const out = execFileSync(process.env.DURE_BIN, ['channels', 'voucher', channel, dure, '--from', 'customer', '--json'], { encoding: 'utf8' })
  return Credential.deserialize(JSON.parse(out).authorization).payload
}

/** What the specification says that a voucher's signature is over, computed here. */
export function signatureHolds(challenge, { channelId, cumulativeAmount, signature }) {
  const tag = sha256(utf8ToBytes('dure/voucher'))
  const amount = new Uint8Array(8)
  new DataView(amount.buffer).setBigUint64(0, BigInt(cumulativeAmount), true)
  const digest = sha256(concatBytes(tag, tag, hexToBytes(challenge.request.methodDetails.chainId), hexToBytes(channelId), amount))
  const { words } = bech32m.decode(payer, false)
  return schnorr.verify(hexToBytes(signature), digest, new Uint8Array(bech32m.fromWords(words)))
}

let promised = BigInt(process.env.DURE_PROMISED)
let spent = BigInt(process.env.DURE_SPENT)
export const receipts = []

const payingMethod = Method.toClient(session, {
  async createCredential({ challenge }) {
    const needed = spent + BigInt(challenge.request.methodDetails.maximumCost)
    promised = needed > promised ? needed : promised + 1n
    const made = voucher(promised)
    if (!signatureHolds(challenge, made)) throw new Error('the voucher is not signed as specified')
    return Credential.serialize({ challenge, payload: made, source: payer })
  },
})
const mppx = Mppx.create({ methods: [payingMethod], polyfill: false })

function keep(encoded) {
  const receipt = Receipt.deserialize(encoded)
  receipts.push(receipt)
  spent = BigInt(receipt.spent)
}

/** fetch that pays; the receipts of streams are read as they pass. */
export async function payingFetch(input, init) {
  // The scheme's credential is the Authorization: an API key of OpenAI's has no business here.
  const headers = new Headers(init?.headers)
  headers.delete('authorization')
  const response = await mppx.fetch(input, { ...init, headers })
  const header = response.headers.get('payment-receipt')
  if (header) keep(header)
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response
  const [seen, given] = response.body.tee()
  pending = (async () => {
    const text = await new Response(seen).text()
    for (const line of text.split('\n')) {
      const found = line.match(/"payment_receipt":"([^"]+)"/)
      if (found) keep(found[1])
    }
  })()
  return new Response(given, { status: response.status, headers: response.headers })
}
let pending
/** Comes back when the last stream's receipt has been read. */
export const settled = () => pending
