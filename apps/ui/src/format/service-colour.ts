/** How many hues services share. */
export const HUES = 24;

/** The hue slot of a service, 0 to 23: FNV-1a of its name, so a service has one colour on every page and in every browser. */
export function serviceHue(service: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < service.length; i++) {
    hash = Math.imul(hash ^ service.charCodeAt(i), 0x01000193);
  }
  // FNV's low bits are weak for short names that differ in the last letter: fold the high half in.
  return ((hash ^ (hash >>> 15)) >>> 0) % HUES;
}

const LIGHT = Array.from({ length: HUES }, (_, hue) => `oklch(0.62 0.13 ${hue * 15 + 8})`);
const DARK = Array.from({ length: HUES }, (_, hue) => `oklch(0.72 0.11 ${hue * 15 + 8})`);

/** The CSS colour of a service; equal lightness over all hues of a theme. */
export function serviceColour(service: string, dark: boolean): string {
  return (dark ? DARK : LIGHT)[serviceHue(service)] ?? "gray";
}
