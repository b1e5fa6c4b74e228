/** What an address asks to leave out when the page is shown inside another (`uiEmbed=v0`, v1's parameters). */
export interface Embed {
  readonly hideFrame: boolean;
  readonly hideGraph: boolean;
  readonly hideMinimap: boolean;
  readonly hideSummary: boolean;
}

export function parseEmbed(params: URLSearchParams): Embed {
  const on = params.get("uiEmbed") === "v0";
  const flag = (name: string): boolean => on && params.get(name) === "1";
  return {
    hideFrame: on,
    hideGraph: flag("uiSearchHideGraph"),
    hideMinimap: flag("uiTimelineHideMinimap"),
    hideSummary: flag("uiTimelineHideSummary") || flag("uiTimelineCollapseTitle"),
  };
}

/** Decided once, when the page is loaded: it holds while one moves around inside the frame of another page. */
export const embed = parseEmbed(new URLSearchParams(typeof location === "undefined" ? "" : location.search));
