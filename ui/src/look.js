// The look that somebody chose (kept by lib/theme.ts and lib/preferences.svelte.ts), before anything is drawn in another.
const theme = localStorage.getItem("spectrum.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
if (JSON.parse(localStorage.getItem("spectrum.preferences") ?? "{}").density === "compact") document.documentElement.dataset.density = "compact";
