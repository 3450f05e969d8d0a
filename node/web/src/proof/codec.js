// The canonical encoding (docs/protocol/codec.md), as far as the page needs it. Reading is total: what does not decode
// throws Malformed, and nothing is read outside the bytes.

export class Malformed extends Error {}

const utf8 = new TextDecoder('utf-8', {fatal: true});

export class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  bytes(count) {
    if (this.#at + count > this.#bytes.length) throw new Malformed('the bytes end early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
  u8() {
    return this.bytes(1)[0];
  }
  u16() {
    return Number(this.#little(2));
  }
  u32() {
    return Number(this.#little(4));
  }
  u64() {
    return this.#little(8);
  }
  #little(count) {
    return this.bytes(count).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
  /** A number of elements or bytes, at most `max`. */
  count(max) {
    const value = this.u32();
    if (value > max) throw new Malformed(`${value} elements where at most ${max} may be`);
    return value;
  }
  text(max) {
    return utf8.decode(this.bytes(this.count(max)));
  }
  list(max, element) {
    return Array.from({length: this.count(max)}, () => element(this));
  }
  optional(value) {
    const present = this.u8();
    if (present > 1) throw new Malformed(`${present} is neither there nor not there`);
    return present === 1 ? value(this) : null;
  }
  /** How many bytes are not read yet. */
  left() {
    return this.#bytes.length - this.#at;
  }
  /** Nothing may be left over. */
  end() {
    if (this.#at !== this.#bytes.length) throw new Malformed('bytes are left over');
  }
}

export function u8(value) {
  return Uint8Array.of(value);
}
export function u16(value) {
  return little(BigInt(value), 2);
}
export function u32(value) {
  return little(BigInt(value), 4);
}
export function u64(value) {
  return little(BigInt(value), 8);
}

function little(value, count) {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; ++i) {
    out[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  if (value !== 0n) throw new RangeError('the number is too large for its place');
  return out;
}

export function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function prefixed(bytes) {
  return joined(u32(bytes.length), bytes);
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function from_hex(text) {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Malformed('these are not hexadecimal digits');
  return Uint8Array.from({length: text.length / 2}, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
