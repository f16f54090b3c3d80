/** Light, dark, or as the system has it. */

export type Theme = "light" | "dark" | "auto";
const KEY = "schedy-theme";

export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function applyTheme(theme: Theme = currentTheme()) {
  if (theme === "auto") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  document.documentElement.dataset["theme"] = theme;
}

export const next = (theme: Theme): Theme => (theme === "auto" ? "dark" : theme === "dark" ? "light" : "auto");
