// Puts a map that can be pushed along in the place of the drawn one, where the site has tiles. It knows what the list knows.
const place = document.querySelector("[data-tiles]");
const { tiles, credit } = place.dataset;
const { L } = window;

function popup(link) {
  const inside = document.createElement("a");
  inside.href = link.href;
  inside.textContent = link.querySelector(".cities-name").textContent;
  return inside;
}

function marker({ dataset, firstElementChild: link }) {
  const number = document.createElement("span");
  number.textContent = dataset.number;
  const icon = L.divIcon({ className: "map-marker", html: number, iconSize: [30, 30] });
  const name = link.querySelector(".cities-name").textContent;
  const made = L.marker([dataset.lat, dataset.lon], { icon, title: name }).bindPopup(popup(link));
  made.on("add", () => made.getElement().setAttribute("aria-label", `${dataset.number}. ${name}`));
  return made;
}

document.querySelector("svg.map")?.remove();
place.hidden = false;
const map = L.map(place, { scrollWheelZoom: false, attributionControl: false });
const pins = L.featureGroup([...document.querySelectorAll(".map-list > [data-lat]")].map(marker)).addTo(map);
// Tiles are asked for without the page's address: their owner learns the site, not what is looked at.
L.tileLayer(tiles, { maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
const words = document.createElement("span");
words.textContent = credit;
L.control.attribution({ prefix: false }).addAttribution(words.innerHTML).addTo(map);
map.fitBounds(pins.getBounds(), { padding: [40, 40], maxZoom: 15 });
