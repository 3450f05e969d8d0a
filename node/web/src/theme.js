// Light, dark, or as the system is; and who must draw anew when it changes.
const listeners = new Set();
const system = matchMedia('(prefers-color-scheme: dark)');

export function theme() {
  return localStorage.getItem('dure.theme') ?? 'auto';
}

export function is_dark() {
  return theme() === 'dark' || (theme() === 'auto' && system.matches);
}

export function choose_theme(next) {
  if (next === 'auto') localStorage.removeItem('dure.theme');
  else localStorage.setItem('dure.theme', next);
  apply_theme();
}

export function apply_theme() {
  document.documentElement.dataset.theme = is_dark() ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

export function on_theme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The value of one of the style sheet's variables now. */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

system.addEventListener('change', apply_theme);
