import { describe, expect, it } from "vitest";
import { HUES, serviceColour, serviceHue } from "./service-colour.ts";

describe("a service's colour", () => {
  it("is the same each time and in range for any name", () => {
    for (const name of ["", "frontend", "mysql", "服务", "a".repeat(1000)]) {
      expect(serviceHue(name)).toBe(serviceHue(name));
      expect(serviceHue(name)).toBeGreaterThanOrEqual(0);
      expect(serviceHue(name)).toBeLessThan(HUES);
    }
  });

  it("spreads numbered services over the hues", () => {
    const seen = new Set(Array.from({ length: 200 }, (_, i) => serviceHue(`service-${i}`)));
    expect(seen.size).toBe(HUES);
  });

  it("has another lightness in the dark", () => {
    expect(serviceColour("a", true)).not.toBe(serviceColour("a", false));
  });
});
