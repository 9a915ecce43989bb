// Counts this page: once per browser and day as a visit, each time as a view of its city. Carries nothing else.
function count() {
  const { city } = document.body.dataset;
  fetch("/api/visit", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(city ? { city } : {}),
    keepalive: true,
  }).catch(() => {});
}

if (document.prerendering) document.addEventListener("prerenderingchange", count, { once: true });
else count();
