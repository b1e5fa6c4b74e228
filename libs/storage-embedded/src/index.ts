export * from "./errors.ts";
export { openEmbeddedStorage } from "./open-embedded-storage.ts";
export type { EmbeddedStorageOptions } from "./options.ts";
