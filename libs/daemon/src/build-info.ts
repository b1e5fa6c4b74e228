export interface BuildInfo {
  readonly gitCommit: string;
  readonly gitVersion: string;
  readonly buildDate: string;
}

/** Set by the bundler; absent when the sources run directly. */
declare const __SPOOR_BUILD__: BuildInfo | undefined;

const UNBUILT: BuildInfo = { gitCommit: "", gitVersion: "dev", buildDate: "" };

export function buildInfo(): BuildInfo {
  return typeof __SPOOR_BUILD__ === "undefined" ? UNBUILT : __SPOOR_BUILD__;
}
