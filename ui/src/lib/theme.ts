/** The chosen look: kept in a cookie-free local setting that look.js reads; `auto` follows the system. */
export type Theme = "auto" | "light" | "dark";

const KEY = "spectrum.theme";

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
