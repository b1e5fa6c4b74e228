import { describe, expect, it } from "vitest";
import { parseEmbed } from "./embed.ts";

describe("an embedded page", () => {
  it("leaves out what the address asks for", () => {
    const embed = parseEmbed(new URLSearchParams("uiEmbed=v0&uiSearchHideGraph=1&uiTimelineHideMinimap=1"));
    expect(embed).toEqual({ hideFrame: true, hideGraph: true, hideMinimap: true, hideSummary: false });
  });

  it("is whole without the version that is known", () => {
    const embed = parseEmbed(new URLSearchParams("uiEmbed=v9&uiSearchHideGraph=1"));
    expect(Object.values(embed).some(Boolean)).toBe(false);
  });
});
