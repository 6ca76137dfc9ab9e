/** What somebody wants on this browser, on every page. */
interface Wishes {
  singleKeys: boolean;
  refreshSeconds: number; // 0: never by itself
  density: "comfortable" | "compact";
  numbers: "exact" | "short";
  /** Areas and bars are told apart by more than colour. */
  patterns: boolean;
  /** The overview's key numbers, in their order. */
  kpis: string[];
}

const KEY = "spectrum.preferences";
const isContrastWanted = (): boolean => globalThis.matchMedia?.("(prefers-contrast: more), (forced-colors: active)").matches ?? false;
const DEFAULTS: Wishes = { singleKeys: true, refreshSeconds: 60, density: "comfortable", numbers: "exact", patterns: isContrastWanted(), kpis: ["users", "events", "sessions", "conversion", "revenue"] };
export const REFRESHES: [number, string][] = [[0, "off"], [10, "10 s"], [30, "30 s"], [60, "1 min"], [300, "5 min"]];

function stored(): Partial<Wishes> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Wishes>;
  } catch {
    return {};
  }
}

class Preferences {
  #chosen = $state.raw<Partial<Wishes>>(stored());
  #wishes = $derived<Wishes>({ ...DEFAULTS, ...this.#chosen });

  get singleKeys(): boolean {
    return this.#wishes.singleKeys;
  }
  get refreshSeconds(): number {
    return this.#wishes.refreshSeconds;
  }
  get density(): Wishes["density"] {
    return this.#wishes.density;
  }
  get numbers(): Wishes["numbers"] {
    return this.#wishes.numbers;
  }
  get patterns(): boolean {
    return this.#wishes.patterns;
  }
  get kpis(): string[] {
    return this.#wishes.kpis;
  }
  set(changes: Partial<Wishes>): void {
    this.#chosen = { ...this.#chosen, ...changes };
    localStorage.setItem(KEY, JSON.stringify(this.#chosen));
    document.documentElement.dataset["density"] = this.density; // look.js does the same before anything is drawn
  }
}

export const preferences = new Preferences();
