// Search as you type: an ARIA combobox over cities, and over films and cinemas of the cities that were read.
// Without this script the form leads to a page of results.
const field = document.querySelector("[data-search]");
const input = field.querySelector("input[type=search]");
const { language, none, label, film, cinema } = field.dataset;
const city = field.dataset.in;

const list = document.createElement("ul");
list.id = "suggestions";
list.className = "suggestions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", label);
list.hidden = true;
field.append(list);
for (const [name, value] of [
  ["role", "combobox"],
  ["aria-autocomplete", "list"],
  ["aria-controls", list.id],
  ["aria-expanded", "false"],
]) {
  input.setAttribute(name, value);
}

const countries = new Intl.DisplayNames([language], { type: "region", fallback: "code" });
let active = -1;
let waiting;
let running;

function close() {
  list.hidden = true;
  active = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function mark(index) {
  const options = list.querySelectorAll("[role=option]");
  if (!options.length) return;
  active = (index + options.length) % options.length;
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
  options[active].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", options[active].id);
}

const place = (kind, found) =>
  `/${language}/city/${found.city.id}/${kind}/${encodeURIComponent(found.id)}`;

const cityEntry = (found) => ({
  name: found.name[language],
  note: [found.region?.[language], countries.of(found.country)],
  path: `/${language}/city/${found.id}`,
});
const filmEntry = (found) => ({
  name: found.titles[language] ?? found.titles.original,
  note: [film, found.year, city ? "" : found.city.name[language]],
  path: place("film", found),
});
const cinemaEntry = (found) => ({
  name: found.names[language] ?? found.name,
  note: [cinema, city ? found.address : found.city.name[language]],
  path: place("cinema", found),
});

function option({ name, note, path }, index) {
  const item = document.createElement("li");
  item.id = `suggestion-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.path = path;
  const title = document.createElement("bdi");
  title.textContent = name;
  const small = document.createElement("small");
  small.textContent = note.filter(Boolean).join(", ");
  item.append(title, small);
  return item;
}

function show(entries) {
  if (entries.length) {
    list.replaceChildren(...entries.map(option));
  } else {
    const item = document.createElement("li");
    item.className = "suggestions-none";
    item.textContent = none;
    list.replaceChildren(item);
  }
  active = -1;
  input.removeAttribute("aria-activedescendant");
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

async function ask(path, query, signal) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`, { signal });
  return answer.ok ? answer.json() : {};
}

async function search() {
  running?.abort();
  const q = input.value.trim();
  if (!q) return close();
  running = new AbortController();
  const { signal } = running;
  try {
    const [{ locations = [] }, { films = [], cinemas = [] }] = await Promise.all([
      ask("/api/locations", { q }, signal),
      ask("/api/search", city ? { q, city } : { q }, signal),
    ]);
    const titles = [...films.map(filmEntry), ...cinemas.map(cinemaEntry)];
    const cities = locations.slice(0, titles.length ? 5 : 10).map(cityEntry);
    show(city ? [...titles, ...cities] : [...cities, ...titles]);
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

const go = (item) => location.assign(item.dataset.path);

input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 120);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  else if (list.hidden) return;
  else if (event.key === "ArrowDown") mark(active + 1);
  else if (event.key === "ArrowUp") mark(active - 1);
  else if (event.key === "Enter" && active >= 0) go(list.children[active]);
  else return;
  event.preventDefault();
});
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("[data-path]");
  if (item) go(item);
});
input.addEventListener("blur", close);
