import { readFile, stat } from "node:fs/promises";
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
  #timer: NodeJS.Timeout | undefined;
  /** State of the configuration file when it was last read. */
  #fingerprint = "";
  #looking = false;

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
    if (this.#options.uiConfigFile === undefined) return;
    // Polling sees what file events miss: the symbolic links by which Kubernetes swaps a mounted configuration.
    this.#timer = setInterval(() => void this.#look(), this.#options.pollMs ?? DEFAULT_POLL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { uiConfigFile: file, logger } = this.#options;
    if (file === undefined || this.#looking) return;
    this.#looking = true;
    try {
      if ((await fingerprintOf(file)) === this.#fingerprint) return;
      await this.#render();
      logger.info({ file }, "reloaded UI config");
    } catch (error) {
      logger.error({ err: error, file }, "cannot reload UI config; the page stays as it is");
    } finally {
      this.#looking = false;
    }
  }

  async #render(): Promise<void> {
    const { staticDir, uiConfigFile, facts } = this.#options;
    const template = await readTemplate(staticDir);
    if (template === undefined) this.#options.logger.warn({ staticDir }, "no built page found; serving a substitute");
    // Taken before the file is read, so that a change in between is seen at the next look.
    if (uiConfigFile !== undefined) this.#fingerprint = await fingerprintOf(uiConfigFile);
    const config = uiConfigFile === undefined ? undefined : await loadUiConfig(uiConfigFile);
    this.#page = renderPage(template ?? FALLBACK_PAGE, { ...facts, ...(config ? { config } : {}) });
  }
}

/** "" for a file that is not there. */
async function fingerprintOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    return "";
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
