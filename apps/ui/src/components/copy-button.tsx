import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** Copies a text; shows a tick for a moment, or says that the browser refused. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 1500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (event: Event): Promise<void> => {
    event.stopPropagation();
    setState((await copyText(text)) ? "done" : "failed");
  };
  const title = state === "done" ? "Copied" : state === "failed" ? "The browser did not allow it" : `Copy ${what}`;
  return (
    <button type="button" class="icon-button small" title={title} aria-label={title} onClick={copy}>
      <Icon name={state === "done" ? "check" : state === "failed" ? "close" : "copy"} size={14} />
    </button>
  );
}

/** The clipboard API exists only on https and localhost; elsewhere a selection and the old command still work. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
