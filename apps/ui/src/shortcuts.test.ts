import { describe, expect, it } from "vitest";
import { keyName } from "./shortcuts.ts";

const press = (key: string, modifiers: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

describe("a key's name", () => {
  it("carries shift for letters and named keys, not for other characters", () => {
    expect(press("a")).toBe("a");
    expect(press("A", { shiftKey: true })).toBe("shift+a");
    expect(press("ArrowLeft", { shiftKey: true })).toBe("shift+arrowleft");
    expect(press("?", { shiftKey: true })).toBe("?");
  });

  it("takes the command key for control", () => {
    expect(press("b", { metaKey: true })).toBe("ctrl+b");
  });
});
