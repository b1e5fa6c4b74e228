import { type StatWatcher, unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BaseLogger } from "pino";
import { FALLBACK_PAGE, type Page, type PageFacts, renderPage } from "./index-page.ts";
import { loadUiConfig } from "./ui-config.ts";

export interface PageSourceOptions {
  readonly staticDir?: string;
  readonly uiConfigFile?: string;
  readonly facts: Omit<PageFacts, "config">;
  readonly logger: BaseLogger;
  /** Milliseconds between two looks at the configuration file. */
  readonly pollMs?: number;
}

const DEFAULT_POLL_MS = 5_000;

/** Holds the page that is served and renders it again when the configuration file changes. */
export class PageSource {
  readonly #options: PageSourceOptions;
  #page: Page | undefined;
  #watcher: StatWatcher | undefined;

  constructor(options: PageSourceOptions) {
    this.#options = options;
  }

  get page(): Page {
    this.#page ??= renderPage(FALLBACK_PAGE, this.#options.facts);
    return this.#page;
  }

  /** Reads page and configuration; rejects with `INVALID_UI_CONFIG`. */
  async start(): Promise<void> {
    await this.#render();
    const file = this.#options.uiConfigFile;
    if (file === undefined) return;
    // Polling sees what file events miss: the symbolic links by which Kubernetes swaps a mounted configuration.
    this.#watcher = watchFile(file, { interval: this.#options.pollMs ?? DEFAULT_POLL_MS, persistent: false }, () => {
      this.#render().then(
        () => this.#options.logger.info({ file }, "reloaded UI config"),
        (error: unknown) =>
          this.#options.logger.error({ err: error, file }, "cannot reload UI config; the page stays as it is"),
      );
    });
  }

  stop(): void {
    if (this.#watcher && this.#options.uiConfigFile !== undefined) unwatchFile(this.#options.uiConfigFile);
    this.#watcher = undefined;
  }

  async #render(): Promise<void> {
    const { staticDir, uiConfigFile, facts } = this.#options;
    const template = await readTemplate(staticDir);
    if (template === undefined) this.#options.logger.warn({ staticDir }, "no built page found; serving a substitute");
    const config = uiConfigFile === undefined ? undefined : await loadUiConfig(uiConfigFile);
    this.#page = renderPage(template ?? FALLBACK_PAGE, { ...facts, ...(config ? { config } : {}) });
  }
}

async function readTemplate(staticDir: string | undefined): Promise<string | undefined> {
  if (staticDir === undefined) return undefined;
  try {
    return await readFile(join(staticDir, "index.html"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
