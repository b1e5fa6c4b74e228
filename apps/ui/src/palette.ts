import { computed } from "@preact/signals";
import { dark } from "./settings.ts";

const NAMES = ["surface", "raised", "line", "text", "muted", "accent", "error", "warn", "critical", "grid"] as const;
export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

/** The colours of the style sheet as a canvas takes them; changes with the theme. */
export const palette = computed<Palette>(() => {
  // Read after the document is marked: a custom property only resolves through an element that uses it.
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
  const probe = document.createElement("span");
  document.body.append(probe);
  const colours = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colours) as Palette;
});
