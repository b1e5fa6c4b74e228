/** Round positions between `min` and `max`, about `count` of them, 1, 2 or 5 times a power of ten apart. */
export function linearTicks(
  min: number,
  max: number,
  count: number,
): { readonly step: number; readonly at: readonly number[] } {
  const range = max - min;
  if (!(range > 0) || !(count > 0)) return { step: 1, at: [min] };
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = rough / power;
  const step = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
  const at: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9) + 0; i * step <= max + step * 1e-9; i++) at.push(i * step);
  return { step, at };
}

const TIME_STEPS_US = [
  1e3, 2e3, 5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 500e3, 1e6, 2e6, 5e6, 10e6, 15e6, 30e6, 60e6, 120e6, 300e6, 600e6,
  900e6, 1800e6, 3600e6, 7200e6, 10_800e6, 21_600e6, 43_200e6, 86_400e6, 172_800e6, 604_800e6,
];

/** Positions on the clock: whole seconds, minutes, hours; at most `count` of them. */
export function timeTicks(minUs: number, maxUs: number, count: number): readonly number[] {
  const range = maxUs - minUs;
  if (!(range > 0)) return [minUs];
  const step = TIME_STEPS_US.find((candidate) => range / candidate <= count) ?? range / count;
  const at: number[] = [];
  for (let t = Math.ceil(minUs / step) * step; t <= maxUs; t += step) at.push(t);
  return at;
}

/** Powers of ten between the bounds, with their halves (3) when there are few. Both bounds are above 0. */
export function logTicks(min: number, max: number): readonly number[] {
  const at: number[] = [];
  const decades = Math.log10(max / min);
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
    for (const factor of decades < 2.5 ? [1, 2, 5] : [1]) {
      const value = factor * 10 ** power;
      if (value >= min && value <= max) at.push(value);
    }
  }
  return at;
}
