export type Samples = Record<string, number>;

/** Reads the text format of Prometheus: one value for each name with its labels. */
export function parsePrometheus(text: string): Samples {
  const samples: Samples = {};
  for (const line of text.split("\n")) {
    if (!line || line.startsWith("#") || line.includes("_bucket{")) continue;
    const end = line.lastIndexOf(" ");
    const value = Number(line.slice(end + 1));
    if (end > 0 && !Number.isNaN(value)) samples[line.slice(0, end)] = value;
  }
  return samples;
}

/** What a counter grew by each second between the first and the last look; null with fewer than two. */
export function rate(looks: { at: number; values: Samples }[], name: string): number | null {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last || first === last) return null;
  const grown = (last.values[name] ?? 0) - (first.values[name] ?? 0);
  return grown < 0 ? null : (grown * 1000) / (last.at - first.at);
}
