// "Near me": asks the browser where it is, rounds that to about a kilometre, and opens the page of cities near it.
// Refused or unanswered, the link leads to the same page without a place, which offers the search by name.
const link = document.querySelector("[data-near]");
const status = document.querySelector("[data-near-status]");

function refuse() {
  if (status) {
    status.textContent = status.dataset.refused;
    link.textContent = name;
    link.removeAttribute("aria-busy");
    document.querySelector("#q").focus();
  } else {
    location.assign(link.href);
  }
}

function open({ coords }) {
  const place = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
  location.assign(`${link.pathname}?${new URLSearchParams({ at: place })}`);
}

const name = link.textContent;
if (navigator.geolocation) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    link.textContent = link.dataset.busy;
    link.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(open, refuse, { timeout: 8000, maximumAge: 600000 });
  });
}
