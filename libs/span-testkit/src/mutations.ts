/** Random numbers in [0, limit) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** `bytes` damaged in one to four ways: bits flipped, bytes set to extremes, pieces cut out, doubled or swapped in from elsewhere. */
export function mutate(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  let damaged = new Uint8Array(bytes);
  for (let times = 1 + random(4); times > 0; times--) {
    const size = damaged.length;
    if (size === 0) return Uint8Array.of(random(256));
    const at = random(size);
    const length = random(Math.min(16, size - at) + 1);
    switch (random(6)) {
      case 0:
        damaged[at] = (damaged[at] as number) ^ (1 << random(8));
        break;
      case 1:
        damaged[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)] as number;
        break;
      case 2:
        damaged = concat(damaged.subarray(0, at), damaged.subarray(at + length));
        break;
      case 3:
        damaged = concat(damaged.subarray(0, at + length), damaged.subarray(at));
        break;
      case 4:
        damaged = damaged.slice(0, at);
        break;
      default:
        damaged.copyWithin(at, random(size), random(size));
    }
  }
  return damaged;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
