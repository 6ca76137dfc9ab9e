/** Controls say by `aria-keyshortcuts` which key is theirs: the first one on screen. */
export const controlOf = (key: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility() && !one.matches(":disabled"));

/** A button is pressed, a field is entered, a list goes on to its next choice. */
export function useShortcut(key: string): boolean {
  const found = controlOf(key);
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
