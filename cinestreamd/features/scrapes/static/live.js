// Makes a city's page live: asks for a city whose data is old, follows the reading by server-sent events, or by asking
// every five seconds where there are none, and fills the page in when it is done.
// Without this script the page's form asks, and the page refreshes itself.
const EVERY = 5000;
const ASK_AGAIN = 30000;
const LIMIT = 5 * 60000;
const MOST_FAULTS = 3;

let live = document.querySelector("[data-live]");

const pause = (time) => new Promise((done) => setTimeout(done, time));
const cityQuery = () => new URLSearchParams({ city: live.dataset.city });

function tell(text, progress) {
  const bar = document.createElement("progress");
  if (progress) Object.assign(bar, { max: progress.total, value: progress.done });
  bar.setAttribute("aria-label", live.dataset.progress);
  const line = document.createElement("p");
  line.textContent = text;
  live.classList.toggle("state-processing", progress !== undefined);
  live.replaceChildren(line, ...(progress === undefined ? [] : [bar]));
}

function follow({ progress }) {
  const { waiting, reading } = live.dataset;
  if (!progress) return tell(waiting, null);
  tell(reading.replace("{done}", progress.done).replace("{total}", progress.total), progress);
}

async function ask() {
  const answer = await fetch("/api/scrape", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ city: live.dataset.city }),
  });
  if (answer.ok) return answer.json();
  const problem = await answer.json();
  // In the page's own language, which need not be the one that the browser asks programs' answers in.
  if (problem.code === "budget_spent") return { refused: live.dataset.unpaid.replace("{hours}", problem.fields.hours) };
  return null;
}

async function look() {
  const answer = await fetch(live.dataset.look ?? `/api/scrape?${cityQuery()}`);
  return answer.ok ? answer.json() : null;
}

async function fillIn() {
  const address = new URL(location.href);
  if (!live.dataset.look) address.searchParams.delete("asked");
  address.searchParams.delete("rests");
  const answer = await fetch(address, { cache: "reload" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  document.title = page.title;
  history.replaceState(null, "", address);
  live = document.querySelector("[data-live]");
  document.dispatchEvent(new Event("filled"));
}

// Whether the reading is over: fresh, a cinema read again, given up (the city rests before the next attempt), or refused.
const isOver = (state) =>
  Boolean(state.refused) || ["fresh", "done"].includes(state.status) || (state.status === "stale" && Boolean(state.retry_after));

// The state that ends the reading, as events tell it; null when they tell nothing any more.
function listen(end) {
  return new Promise((done) => {
    const source = new EventSource(`/api/scrape?${cityQuery()}`);
    let faults = 0;
    let idle = true;
    // A request that waits in line is forgotten when the daemon restarts: ask again while nothing is being read.
    const again = setInterval(async () => {
      const state = idle ? await ask().catch(() => null) : null;
      if (state && isOver(state)) stop(state);
    }, ASK_AGAIN);
    const late = setTimeout(() => stop(null), end - Date.now());
    function stop(state) {
      clearInterval(again);
      clearTimeout(late);
      source.close();
      done(state);
    }
    source.onmessage = ({ data }) => {
      const state = JSON.parse(data);
      faults = 0;
      idle = !state.progress;
      if (isOver(state)) stop(state);
      else follow(state);
    };
    // A browser connects again by itself, until it is refused.
    source.onerror = () => {
      faults += 1;
      if (faults >= MOST_FAULTS || source.readyState === EventSource.CLOSED) stop(null);
    };
  });
}

// The same by asking every five seconds.
async function poll(end) {
  for (let round = 1; Date.now() < end; round += 1) {
    await pause(EVERY);
    const state = await (round % (ASK_AGAIN / EVERY) === 0 && !live.dataset.look ? ask() : look()).catch(() => null);
    if (state && isOver(state)) return state;
    if (state) follow(state);
  }
  return null;
}

async function run() {
  const end = Date.now() + LIMIT;
  const isAsking = live.dataset.phase === "stale";
  let state = isAsking ? await ask() : { status: "processing" };
  if (state === null || !isOver(state)) {
    if (isAsking) follow(state ?? {}); // otherwise the page itself says how far it is
    const heard = "EventSource" in window && !live.dataset.look ? await listen(end) : null;
    state = heard ?? (await poll(end));
  }
  if (!state) tell(live.dataset.failed);
  else if (state.refused) tell(state.refused);
  else await fillIn();
}

// A page that the service worker kept is shown without a network: nothing can be asked.
const { kept } = document.documentElement.dataset;

if (live && !kept && ["stale", "processing"].includes(live.dataset.phase)) {
  if (document.prerendering) document.addEventListener("prerenderingchange", run, { once: true });
  else run().catch(() => tell(live.dataset.failed));
}
