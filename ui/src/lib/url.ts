/** What the address bar says: the view, and everything that decides what it shows. */
export interface Filter {
  property: string;
  op: string;
  values: string[];
}

/** The people behind a mark: the question that drew it and the part of its answer, as `POST /api/v1/query/actors` takes them. */
export interface People {
  of: { kind: string; body: object };
  select: object;
}

export interface View {
  project: string;
  page: string;
  range: string; // 30d, 2026-10-01..2026-10-31, mtd, ytd, all
  compare: string; // prev, yoy, 2026-09-01..2026-09-30; empty: with nothing
  zone: string; // empty: the project's
  filters: Filter[];
  /** Who is shown over the page. */
  people: People | null;
  /** What the address says besides and makes no sense. */
  ignored: string[];
  /** What belongs to one page only: its own short names. */
  extra: Record<string, string>;
}

export const PAGES = ["overview", "live", "trends", "funnel", "retention", "revenue", "experiments", "paths", "sql", "saved", "dashboards", "pipeline", "ledger", "admin"];
export const DEFAULT_RANGE = "30d";
/** Rules of filters, and how they are read out. */
export const OPS: [string, string][] = [["eq", "is"], ["ne", "is not"], ["in", "is one of"], ["not_in", "is none of"], ["contains", "contains"], ["gt", "above"], ["gte", "at least"], ["lt", "below"], ["lte", "at most"], ["exists", "is set"], ["not_exists", "is not set"]];
const RANGE = /^(\d{1,4}d|today|yesterday|mtd|ytd|all|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$/;
const isDate = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};
export const isRange = (text: string): boolean => RANGE.test(text) && (!text.includes("..") || text.split("..").every(isDate));
function isZone(text: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: text }));
  } catch {
    return false;
  }
}
/** What somebody wrote by hand may hold a `%` that means nothing. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Filters as one text: `country:in:DE,FR;plan:ne:free`, each part percent-encoded. */
export function writeFilters(filters: Filter[]): string {
  return filters.map(({ property, op, values }) => [encodeURIComponent(property), op, values.map(encodeURIComponent).join(",")].join(":")).join(";");
}

export function readFilters(text: string): Filter[] {
  if (!text) return [];
  return text.split(";").flatMap((part) => {
    const [property = "", op = "", values = ""] = part.split(":");
    if (!property || !OPS.some(([one]) => one === op)) return [];
    return [{ property: decode(property), op, values: values ? values.split(",").map(decode) : [] }];
  });
}

export const wordsOf = ({ property, op, values }: Filter): string => [property, OPS.find(([one]) => one === op)?.[1], values.join(", ")].join(" ").trim();

/** A filter as the API takes it: numbers compare as numbers. */
export function toApi({ property, op, values }: Filter): object {
  if (op === "exists" || op === "not_exists") return { property, op };
  if (op === "in" || op === "not_in") return { property, op, value: values };
  if (op === "gt" || op === "gte" || op === "lt" || op === "lte") return { property, op, value: Number(values[0]) };
  return { property, op, value: values[0] ?? "" };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
function readPeople(text: string): People | null {
  try {
    const { of, select } = JSON.parse(text) as People;
    return isObject(of.body) && isObject(select) ? { of, select } : null;
  } catch {
    return null;
  }
}

/** Reads an address. What makes no sense falls back to the default, so that no link shows a blank page. */
export function readView(pathname: string, search: string): View {
  const found = /^\/p\/([^/]+)(?:\/([^/]+))?/.exec(pathname);
  const [project, page] = found ? [found[1]!, found[2] ?? ""] : ["", pathname.slice(1)];
  const params = new URLSearchParams(search);
  const ignored: string[] = page && !PAGES.includes(page) ? [page] : [];
  const take = (name: string, fits: (text: string) => boolean, otherwise = ""): string => {
    const text = params.get(name) ?? "";
    params.delete(name);
    if (fits(text)) return text;
    if (text) ignored.push(`${name}=${text}`);
    return otherwise;
  };
  const filters = (params.get("f") ?? "").split(";").filter(Boolean);
  params.delete("f");
  ignored.push(...filters.filter((one) => readFilters(one).length === 0).map((one) => `f=${one}`));
  return {
    project: project ? decode(project) : "default",
    page: PAGES.includes(page) ? page : "overview",
    range: take("r", isRange, DEFAULT_RANGE),
    compare: take("c", (text) => text === "prev" || text === "yoy" || (text.includes("..") && isRange(text))),
    zone: take("tz", isZone),
    filters: filters.flatMap(readFilters),
    people: readPeople(take("sel", (text) => readPeople(text) !== null)),
    ignored,
    extra: Object.fromEntries(params),
  };
}

/** The view that was saved as a question. */
export const savedView = (project: string, { page, search }: { page: string; search: string }): View => readView(`/p/${encodeURIComponent(project)}/${page}`, `?${search}`);

/** The address of a view; defaults are left out. */
export function writeView(view: View): string {
  const params = new URLSearchParams();
  if (view.range !== DEFAULT_RANGE) params.set("r", view.range);
  if (view.compare) params.set("c", view.compare);
  if (view.zone) params.set("tz", view.zone);
  if (view.filters.length > 0) params.set("f", writeFilters(view.filters));
  if (view.people) params.set("sel", JSON.stringify(view.people));
  for (const [name, value] of Object.entries(view.extra)) if (value) params.set(name, value);
  const search = params.toString();
  return `/p/${encodeURIComponent(view.project)}/${view.page}${search ? `?${search}` : ""}`;
}
