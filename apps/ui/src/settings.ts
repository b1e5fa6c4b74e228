import { computed, effect, type Signal, signal } from "@preact/signals";
import type { Zone } from "./format/time.ts";

/** What a person chose for this browser. Kept in local storage where there is one; never sent anywhere. */
function setting<T>(key: string, fallback: T, accepts: (value: unknown) => value is T): Signal<T> {
  const name = `spoor.${key}`;
  const value = signal<T>(fallback);
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
    if (accepts(stored)) value.value = stored;
  } catch {
    // Storage is blocked or holds something else: the fallback stands.
  }
  let isFirst = true;
  effect(() => {
    const json = JSON.stringify(value.value);
    if (!isFirst) tryStore(name, json);
    isFirst = false;
  });
  return value;
}

function tryStore(name: string, json: string): void {
  try {
    localStorage.setItem(name, json);
  } catch {
    // Full or blocked: the choice lasts as long as the page.
  }
}

const oneOf =
  <T extends string>(...choices: readonly T[]) =>
  (value: unknown): value is T =>
    (choices as readonly unknown[]).includes(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

export type Theme = "system" | "light" | "dark";
export const theme = setting<Theme>("theme", "system", oneOf("system", "light", "dark"));
export const zone = setting<Zone>("zone", "local", oneOf("local", "utc"));
/** Width of the tree in the waterfall, as a share of it in percent. */
export const nameColumn = setting<number>("nameColumn", 36, isNumber);
export const panelWidth = setting<number>("panelWidth", 420, isNumber);
export const formOpen = setting<"open" | "closed">("searchForm", "open", oneOf("open", "closed"));
/** Queries (the text after `?`) of the latest searches, newest first. */
export const recentSearches = setting<readonly string[]>("recentSearches", [], isStrings);

const systemDark = signal(false);
/** Whether the page is dark now, by choice or by the system. */
export const dark = computed(() => theme.value === "dark" || (theme.value === "system" && systemDark.value));

/** Follows the system's theme and marks the document with the chosen one. */
export function startTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemDark.value = query.matches;
  query.addEventListener("change", () => {
    systemDark.value = query.matches;
  });
  effect(() => {
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
  });
}
