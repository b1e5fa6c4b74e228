import { useEffect, useRef } from "preact/hooks";
import type { ServerConfig } from "../config.ts";
import { shortcutGroups } from "../shortcuts.ts";
import { Icon } from "./icon.tsx";

const NAMES: Readonly<Record<string, string>> = {
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  escape: "Esc",
  enter: "Enter",
  ctrl: "Ctrl",
  shift: "Shift",
};

/** The overlay with the shortcuts of the page and the version of the server. */
export function Help({ config, onClose }: { readonly config: ServerConfig; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { gitVersion, gitCommit, buildDate } = config.version;
  return (
    <dialog ref={dialog} class="help" onClose={onClose} aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="help-groups">
        {shortcutGroups.value.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.shortcuts.map((shortcut) => (
                <div key={shortcut.label}>
                  <dt>{shortcut.label}</dt>
                  <dd>
                    {shortcut.keys.map((keys) => (
                      <kbd key={keys}>
                        {keys
                          .split("+")
                          .map((key) => NAMES[key] ?? key)
                          .join(" + ")}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      {gitVersion !== "" && (
        <footer class="muted">
          Version {gitVersion} {gitCommit !== "" && `· ${gitCommit.slice(0, 7)}`} {buildDate !== "" && `· ${buildDate}`}
        </footer>
      )}
    </dialog>
  );
}
