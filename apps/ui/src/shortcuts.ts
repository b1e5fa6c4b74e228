import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** A key and what it does on the current page; `keys` as keyName() writes them. */
export interface Shortcut {
  readonly keys: readonly string[];
  readonly label: string;
  readonly run: () => void;
  /** Also while typing in a field. */
  readonly inFields?: boolean;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** The groups that are active, in the order in which they came; the help lists them. */
export const shortcutGroups = signal<readonly ShortcutGroup[]>([]);

interface KeyLike {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** `ctrl+b`, `shift+arrowleft`, `?`: a printed character says itself whether shift was down, a named key does not. */
export function keyName(event: KeyLike): string {
  const key = event.key.toLowerCase();
  const needsShift = event.shiftKey && (key.length > 1 || /[a-z]/.test(key));
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.altKey ? "alt+" : ""}${needsShift ? "shift+" : ""}${key}`;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

/** Runs the shortcut of a key press, the latest group first. */
export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
    const name = keyName(event);
    const typing = isField(event.target);
    for (const group of [...shortcutGroups.peek()].reverse()) {
      const found = group.shortcuts.find((s) => s.keys.includes(name) && (!typing || s.inFields === true));
      if (found === undefined) continue;
      event.preventDefault();
      found.run();
      return;
    }
  });
}

/** Makes shortcuts work while a component is shown. `make` runs once per change of `deps`. */
export function useShortcuts(make: () => ShortcutGroup, deps: readonly unknown[]): void {
  useEffect(() => {
    const group = make();
    shortcutGroups.value = [...shortcutGroups.peek(), group];
    return () => {
      shortcutGroups.value = shortcutGroups.peek().filter((other) => other !== group);
    };
  }, deps);
}
