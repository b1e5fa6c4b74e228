/**
 * The canonical form of a URL path, as gorilla/mux's `cleanPath`: no empty, `.` or `..` segments, a slash in front,
 * a slash behind kept. v1 answers other forms with a redirect to this one.
 */
export function cleanPath(path: string): string {
  if (path.startsWith("/") && !path.includes("//") && !path.includes("/.")) return path;
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") out.pop();
    else out.push(segment);
  }
  const cleaned = `/${out.join("/")}`;
  return path.endsWith("/") && cleaned !== "/" ? `${cleaned}/` : cleaned;
}
