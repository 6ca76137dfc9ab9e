/** What somebody wants on this browser, on every page. */
interface Wishes {
  singleKeys: boolean;
  refreshSeconds: number; // 0: never by itself
}

const KEY = "spectrum.preferences";
const DEFAULTS: Wishes = { singleKeys: true, refreshSeconds: 60 };
export const REFRESHES: [number, string][] = [[0, "off"], [10, "10 s"], [30, "30 s"], [60, "1 min"], [300, "5 min"]];

function stored(): Partial<Wishes> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Wishes>;
  } catch {
    return {};
  }
}

class Preferences {
  #wishes = $state<Wishes>({ ...DEFAULTS, ...stored() });

  get singleKeys(): boolean {
    return this.#wishes.singleKeys;
  }
  get refreshSeconds(): number {
    return this.#wishes.refreshSeconds;
  }
  set(changes: Partial<Wishes>): void {
    this.#wishes = { ...this.#wishes, ...changes };
    localStorage.setItem(KEY, JSON.stringify(this.#wishes));
  }
}

export const preferences = new Preferences();
