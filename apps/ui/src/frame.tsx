import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Combobox } from "./components/combobox.tsx";
import { Help } from "./components/help.tsx";
import { Icon } from "./components/icon.tsx";
import type { ServerConfig } from "./config.ts";
import { lookupTarget } from "./lookup.ts";
import { navigate, type Route } from "./router.ts";
import { services } from "./services.ts";
import { type Theme, theme, zone } from "./settings.ts";
import { useShortcuts } from "./shortcuts.ts";

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const THEME_ICON = { system: "system", light: "sun", dark: "moon" } as const;

/** The bar above every page: where one is, where one can go, and how things are shown. */
export function Frame(props: {
  readonly route: Route;
  readonly config: ServerConfig;
  readonly children: ComponentChildren;
}) {
  const [help, setHelp] = useState(false);
  const bar = useRef<HTMLElement>(null);
  useShortcuts(
    () => ({
      title: "Everywhere",
      shortcuts: [
        { keys: ["/"], label: "Go to a trace or a service", run: () => bar.current?.querySelector("input")?.focus() },
        { keys: ["?"], label: "Show this list", run: () => setHelp(true) },
      ],
    }),
    [],
  );
  const link = (page: Route["page"], href: string, label: string) => (
    <a href={href} aria-current={props.route.page === page ? "page" : undefined}>
      {label}
    </a>
  );
  return (
    <>
      <header class="topbar" ref={bar}>
        <a class="brand" href="search" aria-label="Spoor, to the search page">
          <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2 4h7M5 8h9M8 12h4" />
          </svg>
          <span>Spoor</span>
        </a>
        <nav aria-label="Pages">
          {link("search", "search", "Search")}
          {props.config.ui.dependenciesMenuEnabled && link("dependencies", "dependencies", "Architecture")}
        </nav>
        <Lookup />
        <div class="topbar-actions">
          <button
            type="button"
            class="text-button"
            title="Time zone in which times are shown"
            onClick={() => {
              zone.value = zone.value === "utc" ? "local" : "utc";
            }}
          >
            {zone.value === "utc" ? "UTC" : "Local"}
          </button>
          <button
            type="button"
            class="icon-button"
            title={`Theme: ${theme.value}`}
            aria-label={`Theme: ${theme.value}. Change`}
            onClick={() => {
              theme.value = NEXT_THEME[theme.value];
            }}
          >
            <Icon name={THEME_ICON[theme.value]} />
          </button>
          <button
            type="button"
            class="icon-button"
            title="Keyboard shortcuts (?)"
            aria-label="Keyboard shortcuts"
            onClick={() => setHelp(true)}
          >
            <Icon name="help" />
          </button>
        </div>
      </header>
      {props.children}
      {help && <Help config={props.config} onClose={() => setHelp(false)} />}
    </>
  );
}

/** One box for a trace id or a service's name. */
function Lookup() {
  const [text, setText] = useState("");
  const known = services.value.state === "ready" ? services.value.value : [];
  const go = (value: string): void => {
    const target = lookupTarget(value, known);
    if (target === undefined) return;
    setText("");
    navigate(target);
  };
  return (
    <search class="lookup">
      <Icon name="search" size={14} />
      <Combobox
        label="Trace id or service"
        placeholder="Trace id or service  ( / )"
        value={text}
        options={known}
        onInput={setText}
        onCommit={go}
      />
    </search>
  );
}
