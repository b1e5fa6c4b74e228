import { render } from "preact";
import { App } from "./app.tsx";
import { readServerConfig } from "./config.ts";
import { embed } from "./embed.ts";
import { startRouter } from "./router.ts";
import { startTheme } from "./settings.ts";
import { startShortcuts } from "./shortcuts.ts";

if (embed.hideFrame) document.documentElement.classList.add("embedded");
startTheme();
startRouter();
startShortcuts();
const root = document.getElementById("root");
if (root !== null) render(<App config={readServerConfig()} />, root);
