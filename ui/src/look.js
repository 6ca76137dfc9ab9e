// The look that somebody chose (kept by lib/theme.ts), before anything is drawn in another.
const theme = localStorage.getItem("spectrum.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
