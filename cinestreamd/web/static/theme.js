// Light or dark: as the system says, unless the visitor chose otherwise. Runs before the page is painted.
// Without this script the page follows the system, and the switch is not shown.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function stored(value) {
    try {
      if (value === undefined) return localStorage.getItem("theme");
      if (value) localStorage.setItem("theme", value);
      else localStorage.removeItem("theme");
    } catch {
      // A browser that keeps nothing: the choice holds for this page.
    }
    return null;
  }

  let chosen = stored();
  const systems = () => (system.matches ? "dark" : "light");
  const current = () => chosen ?? systems();

  function apply() {
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    const button = document.querySelector("[data-scheme]");
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(current() === "dark"));
    const paper = getComputedStyle(root).getPropertyValue("--paper").trim();
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = paper;
  }

  if (chosen !== "light" && chosen !== "dark") chosen = null;
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.querySelector("[data-scheme]")?.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      chosen = next === systems() ? null : next;
      stored(chosen ?? "");
      apply();
    });
  });
})();
