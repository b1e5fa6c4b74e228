const PATHS = {
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3 14 14",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  help: "M6 6a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1.1v.5M8 12.3v.1",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4L6 8l4 4",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
  check: "M3 8.5l3.5 3.5L13 4.5",
  error: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.8v4M8 11.2v.1",
  warning: "M8 2l6.5 11.5h-13zM8 6.5v3M8 11.6v.1",
  external: "M9 2.5h4.5V7M13.5 2.5L7.5 8.5M11.5 9v4.5h-9v-9H7",
  expandAll: "M4 3l4 4 4-4M4 9l4 4 4-4",
  collapseAll: "M4 7l4-4 4 4M4 13l4-4 4 4",
  archive: "M2 2.5h12v3H2zM3 5.5v8h10v-8M6 8.5h4",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  client: "M2 8h11M9 4l4 4-4 4",
  server: "M1 8h9M6 4l4 4-4 4M14 2v12",
  producer: "M8 14V3M4 7l4-4 4 4",
  consumer: "M8 1v9M4 6l4 4 4-4M2 14h12",
  panel: "M2 2.5h12v11H2zM6 2.5v11",
} as const;

export type IconName = keyof typeof PATHS;

/** A 16 px line drawing in the colour of the text around it. What it means must be said by the control it is in. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
