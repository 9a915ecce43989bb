// City search as you type: an ARIA combobox over /api/locations. Without this script the form leads to a page of results.
const field = document.querySelector("[data-search]");
const input = field.querySelector("input");
const { api, base, language, none, label } = field.dataset;

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

function option(city, index) {
  const item = document.createElement("li");
  item.id = `suggestion-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.city = city.id;
  const name = document.createElement("span");
  name.textContent = city.name[language];
  const country = document.createElement("small");
  country.textContent = [city.region?.[language], countries.of(city.country)].filter(Boolean).join(", ");
  item.append(name, country);
  return item;
}

function show(cities) {
  if (cities.length) {
    list.replaceChildren(...cities.map(option));
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

async function search() {
  running?.abort();
  const text = input.value.trim();
  if (!text) return close();
  running = new AbortController();
  try {
    const answer = await fetch(`${api}?${new URLSearchParams({ q: text })}`, { signal: running.signal });
    if (answer.ok) show((await answer.json()).locations);
    else close();
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

const go = (item) => location.assign(base + item.dataset.city);

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
  const item = event.target.closest("[data-city]");
  if (item) go(item);
});
input.addEventListener("blur", close);
