// Has the service worker keep this page and its files when it is a city's, and tells of a page that comes from there.
const { kept } = document.documentElement.dataset;
const CITY = /^\/[a-z]{2}\/city\//;

function files() {
  const loaded = performance.getEntriesByType("resource").map((each) => new URL(each.name));
  return loaded.filter((each) => each.pathname.startsWith("/static/")).map((each) => each.pathname);
}

async function keep() {
  if (!CITY.test(location.pathname)) return;
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage({ page: location.pathname + location.search, files: files() });
}

if (kept) {
  const banner = document.querySelector(".offline");
  const { lang } = document.documentElement;
  const time = new Date(kept).toLocaleString(lang, { weekday: "long", hour: "numeric", minute: "2-digit" });
  banner.textContent = banner.dataset.keptText.replace("{time}", time);
  banner.hidden = false;
  document.querySelector("main").prepend(banner);
} else if ("serviceWorker" in navigator) {
  const start = () => navigator.serviceWorker.register("/sw.js").then(keep).catch(() => {});
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
  document.addEventListener("filled", () => keep().catch(() => {}));
}
