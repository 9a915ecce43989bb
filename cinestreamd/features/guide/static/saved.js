// Cinemas that a visitor has saved, city by city, in this browser and nowhere else. A cinema's page has a button for it;
// a city's list and a film's page then offer those cinemas alone. Without this script the filter of a list's address does
// the same, and a bookmark keeps it.
const KEY = "cinemas";

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

function savedIn(city) {
  const found = read()[city];
  return Array.isArray(found) ? found.filter((each) => typeof each === "string").slice(0, 20) : [];
}

function showButton(button) {
  const { city, cinema, save, saved } = button.dataset;
  const isSaved = savedIn(city).includes(cinema);
  button.setAttribute("aria-pressed", isSaved);
  button.textContent = isSaved ? `★ ${saved}` : `☆ ${save}`;
  button.hidden = false;
}

function toggle(button) {
  const { city, cinema } = button.dataset;
  const others = savedIn(city).filter((each) => each !== cinema);
  const kept = others.length === savedIn(city).length ? [...others, cinema] : others;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...read(), [city]: kept }));
  } catch {
    return;
  }
  showButton(button);
}

// The link keeps day, order and the other filters of the address.
function showLink(link) {
  const saved = savedIn(link.dataset.city);
  const address = new URL(location.href);
  const chosen = address.searchParams.getAll("cinema");
  if (!saved.length || (chosen.length === saved.length && saved.every((each) => chosen.includes(each)))) return;
  for (const name of ["cinema", "asked", "rests"]) address.searchParams.delete(name);
  for (const each of saved) address.searchParams.append("cinema", each);
  link.href = `${address.pathname}${address.search}`;
  link.textContent = `★ ${link.dataset.label} (${saved.length})`;
  link.hidden = false;
}

function show() {
  document.querySelectorAll("[data-save]").forEach(showButton);
  document.querySelectorAll("[data-saved-cinemas]").forEach(showLink);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-save]");
  if (button) toggle(button);
});
document.addEventListener("filled", show);
show();
