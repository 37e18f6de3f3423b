// LZMA, as `xz --format=lzma` packs it: the engine is a third smaller than by gzip, the one format that browsers unpack by
// themselves. After Igor Pavlov's specification (LZMA SDK, lzma-specification.txt, in the public domain).

const PROBABILITY = 1024; // one half, of 2048

class Decoder {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const properties = bytes[0];
    this.lc = properties % 9;
    this.lp = Math.floor(properties / 9) % 5;
    this.pb = Math.floor(properties / 45);
    const size = view.getUint32(5, true);
    if (properties >= 225 || view.getUint32(9, true) !== 0) throw new Error("the engine is packed in a way that is not known here");
    Object.assign(this, { bytes, at: 18, range: 0xffffffff, code: view.getUint32(14), out: new Uint8Array(size) });
  }

  /// The next bit, by its probability.
  bit(tree, index) {
    const p = tree[index];
    const bound = (this.range >>> 11) * p;
    let bit;
    if (this.code < bound) {
      this.range = bound;
      tree[index] = p + ((2048 - p) >>> 5);
      bit = 0;
    } else {
      this.range -= bound;
      this.code -= bound;
      tree[index] = p - (p >>> 5);
      bit = 1;
    }
    this.fill();
    return bit;
  }

  fill() {
    if (this.range >= 0x1000000) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.bytes[this.at++]) >>> 0;
  }

  /// Bits that are as often 0 as 1.
  direct(count) {
    let value = 0;
    while (count-- > 0) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit) this.code -= this.range;
      this.fill();
      value = value * 2 + bit;
    }
    return value;
  }

  tree(tree, bits, offset = 0) {
    let m = 1;
    for (let i = 0; i < bits; i++) m = (m << 1) | this.bit(tree, offset + m);
    return m - (1 << bits);
  }

  reverse(tree, bits, offset = 0) {
    let [m, value] = [1, 0];
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(tree, offset + m);
      m = (m << 1) | bit;
      value |= bit << i;
    }
    return value;
  }
}

const even = (size) => new Uint16Array(size).fill(PROBABILITY);

/// How long a match is.
class Length {
  constructor() {
    Object.assign(this, { choice: even(2), low: even(16 << 3), middle: even(16 << 3), high: even(256) });
  }
  decode(from, place) {
    if (!from.bit(this.choice, 0)) return from.tree(this.low, 3, place << 3);
    if (!from.bit(this.choice, 1)) return 8 + from.tree(this.middle, 3, place << 3);
    return 16 + from.tree(this.high, 8);
  }
}

export function unpack(bytes) {
  const from = new Decoder(bytes);
  const { out, lc, lp, pb } = from;
  const literals = even(0x300 << (lc + lp));
  const [isMatch, isRep, isRepG0, isRepG1, isRepG2, isRep0Long] = [192, 12, 12, 12, 12, 192].map(even);
  const slots = even(4 << 6), near = even(128), align = even(16);
  const [lengths, repeats] = [new Length(), new Length()];
  let [state, rep0, rep1, rep2, rep3, n] = [0, 0, 0, 0, 0, 0];

  const literal = () => {
    const before = n > 0 ? out[n - 1] : 0;
    const offset = 0x300 * (((n & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
    let symbol = 1;
    if (state >= 7) {
      let match = out[n - rep0 - 1];
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = from.bit(literals, offset + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (expected !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | from.bit(literals, offset + symbol);
    out[n++] = symbol;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  };

  const distance = (length) => {
    const slot = from.tree(slots, 6, Math.min(length, 3) << 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + from.reverse(near, bits, base - slot);
    return base + from.direct(bits - 4) * 16 + from.reverse(align, 4);
  };

  while (n < out.length) {
    const place = n & ((1 << pb) - 1);
    if (!from.bit(isMatch, (state << 4) + place)) {
      literal();
      continue;
    }
    let length;
    if (!from.bit(isRep, state)) {
      [rep3, rep2, rep1] = [rep2, rep1, rep0];
      length = lengths.decode(from, place);
      state = state < 7 ? 7 : 10;
      rep0 = distance(length);
      if (rep0 === 0xffffffff) break;
    } else {
      if (!from.bit(isRepG0, state)) {
        if (!from.bit(isRep0Long, (state << 4) + place)) {
          state = state < 7 ? 9 : 11;
          out[n] = out[n - rep0 - 1];
          n++;
          continue;
        }
      } else if (!from.bit(isRepG1, state)) {
        [rep1, rep0] = [rep0, rep1];
      } else if (!from.bit(isRepG2, state)) {
        [rep2, rep1, rep0] = [rep1, rep0, rep2];
      } else {
        [rep3, rep2, rep1, rep0] = [rep2, rep1, rep0, rep3];
      }
      length = repeats.decode(from, place);
      state = state < 7 ? 8 : 11;
    }
    if (rep0 >= n) throw new Error("the engine's file is damaged");
    for (const end = Math.min(out.length, n + length + 2); n < end; n++) out[n] = out[n - rep0 - 1];
  }
  return out;
}
