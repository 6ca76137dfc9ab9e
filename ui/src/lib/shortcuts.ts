/** Controls say by `aria-keyshortcuts` which key is theirs. The first one on screen is used: a button is pressed, a field is
 * entered, a list goes on to its next choice. */
export function useShortcut(key: string): boolean {
  const found = [...document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility() && !one.matches(":disabled"));
  if (!found) return false;
  found.focus();
  if (found instanceof HTMLSelectElement) {
    found.selectedIndex = (found.selectedIndex + 1) % found.options.length;
    found.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (found instanceof HTMLInputElement) found.select();
  else found.click();
  return true;
}

/** Closes the menus that are open and do not hold `kept`; by a key the focus returns to what opened them. */
export function closeMenus(kept: Node | null): boolean {
  const open = [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")].filter((one) => !one.contains(kept));
  for (const one of open) {
    one.open = false;
    if (kept === null) one.querySelector("summary")?.focus();
  }
  return open.length > 0;
}

/** What the keys do, for the sheet of keys; the pages' own are made of their list. */
export const SHORTCUTS: [string, string][] = [
  ["Ctrl K", "find anything"], ["D", "choose the range"], ["← →", "previous, next period"], ["X", "compare"], ["F", "add a filter"], ["/", "filter or search what is shown, else find anything"], ["I", "next interval"], ["B", "breakdown"],
  ["V", "chart or table"], ["E", "export"], ["S", "copy the link to this view"], ["R", "refresh"], ["N", "annotate the point of a chart"], ["0", "leave the zoom"], [".", "pause the live page"],
  ["Shift F", "a dashboard over the whole screen"], ["Esc", "close, else remove the filters"],
];
