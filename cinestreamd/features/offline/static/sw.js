// Keeps the pages of the city seen last with their files, and gives them when there is no network: never otherwise.
const PAGES = "pages";
const FILES = "files";
const MOST_PAGES = 40;
const MOST_FILES = 60;
const CITY = /^\/[a-z]{2}\/city\/([a-z0-9-]+)/;

const cityOf = (address) => CITY.exec(new URL(address).pathname)?.[1];

async function bound(cache, most) {
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(keys.length - most, 0)).map((key) => cache.delete(key)));
}

// Keeps a page, and no page of another city.
async function keepPage(address, response) {
  const url = new URL(address);
  if (!response.ok || response.redirected || url.searchParams.has("asked")) return;
  const cache = await caches.open(PAGES);
  const others = (await cache.keys()).filter((key) => cityOf(key.url) !== cityOf(url) || key.url === url.href);
  await Promise.all(others.map((key) => cache.delete(key)));
  await cache.put(url.href, response);
  await bound(cache, MOST_PAGES);
}

async function keepFiles(paths) {
  const cache = await caches.open(FILES);
  const known = await Promise.all(paths.map((path) => cache.match(path)));
  const missing = paths.filter((_, index) => !known[index]);
  await Promise.all(missing.map((path) => cache.add(path).catch(() => {})));
  await bound(cache, MOST_FILES);
}

// A kept page says when it was kept: offline.js tells people.
async function marked(response) {
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const moment = new Date(headers.get("Date") ?? Date.now()).toISOString();
  const text = await response.text();
  return new Response(text.replace("<html ", `<html data-kept="${moment}" `), { headers });
}

// Without a network: the page itself, else the page of the city seen last.
async function givePage(address, failure) {
  const cache = await caches.open(PAGES);
  const page = await cache.match(address, { ignoreVary: true });
  if (page) return marked(page);
  const last = (await cache.keys()).at(-1);
  if (!last) throw failure;
  return Response.redirect(last.url, 302);
}

async function visit(event) {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (cityOf(request.url)) event.waitUntil(keepPage(request.url, response.clone()));
    return response;
  } catch (failure) {
    return givePage(request.url, failure);
  }
}

async function give(request) {
  try {
    return await fetch(request);
  } catch (failure) {
    const file = await caches.match(request, { ignoreVary: true });
    if (!file) throw failure;
    return file;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { page, files } = event.data;
  const address = new URL(page, self.location.origin);
  const kept = fetch(address).then((response) => keepPage(address, response));
  event.waitUntil(Promise.all([kept, keepFiles(files)]).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(visit(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(give(request));
});
