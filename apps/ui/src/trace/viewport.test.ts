import { describe, expect, it } from "vitest";
import { clampWindow, isWhole, panWindow, readWindow, wholeWindow, writeWindow, zoomWindow } from "./viewport.ts";

describe("the window of time", () => {
  it("stays within the trace", () => {
    expect(clampWindow({ from: -50, to: 50 }, 1000)).toEqual({ from: 0, to: 100 });
    expect(clampWindow({ from: 950, to: 1050 }, 1000)).toEqual({ from: 900, to: 1000 });
    expect(clampWindow({ from: -5, to: 5000 }, 1000)).toEqual({ from: 0, to: 1000 });
  });

  it("zooms around a moment", () => {
    expect(zoomWindow({ from: 0, to: 1000 }, 250, 0.5, 1000)).toEqual({ from: 125, to: 625 });
    expect(zoomWindow({ from: 125, to: 625 }, 250, 2, 1000)).toEqual({ from: 0, to: 1000 });
  });

  it("never becomes empty", () => {
    let window = wholeWindow(1000);
    for (let i = 0; i < 200; i++) window = zoomWindow(window, 500, 0.5, 1000);
    expect(window.to - window.from).toBeGreaterThan(0.009);
    expect(wholeWindow(0)).toEqual({ from: 0, to: 1 });
  });

  it("pans by a share of itself", () => {
    expect(panWindow({ from: 100, to: 200 }, 0.5, 1000)).toEqual({ from: 150, to: 250 });
    expect(panWindow({ from: 0, to: 200 }, -0.5, 1000)).toEqual({ from: 0, to: 200 });
  });

  it("goes through the address", () => {
    const window = { from: 12.5, to: 800 };
    expect(readWindow(writeWindow(window, 1000), 1000)).toEqual(window);
    expect(writeWindow(wholeWindow(1000), 1000)).toBe("");
    for (const text of [null, "", "5", "9-3", "a-b", "1-1"]) expect(isWhole(readWindow(text, 1000), 1000)).toBe(true);
  });
});
