/** The options that contain the text (any case), those that start with it first; at most `max`, and how many more. */
export function filterOptions(
  options: readonly string[],
  text: string,
  max: number,
): { readonly shown: readonly string[]; readonly more: number } {
  const needle = text.trim().toLowerCase();
  if (needle === "") return { shown: options.slice(0, max), more: Math.max(0, options.length - max) };
  const first: string[] = [];
  const rest: string[] = [];
  for (const option of options) {
    const index = option.toLowerCase().indexOf(needle);
    if (index === 0) first.push(option);
    else if (index > 0) rest.push(option);
  }
  const all = [...first, ...rest];
  return { shown: all.slice(0, max), more: Math.max(0, all.length - max) };
}
