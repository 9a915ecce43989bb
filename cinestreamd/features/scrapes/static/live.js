// Makes a city's page live: asks for a city whose data is old, follows the reading, and fills the page in when it is done.
// Without this script the page's form asks, and the page refreshes itself.
const EVERY = 5000;
const LIMIT = 5 * 60000;

let live = document.querySelector("[data-live]");

const pause = (time) => new Promise((done) => setTimeout(done, time));

function tell(text, progress) {
  const bar = document.createElement("progress");
  if (progress) Object.assign(bar, { max: progress.total, value: progress.done });
  const line = document.createElement("p");
  line.textContent = text;
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
  return problem.code === "budget_spent" ? { refused: problem.detail } : null;
}

async function look() {
  const answer = await fetch(live.dataset.look ?? `/api/scrape?${new URLSearchParams({ city: live.dataset.city })}`);
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
}

// Whether the reading is over: fresh, a cinema read again, or given up (the city rests before the next attempt).
const isOver = (state) => ["fresh", "done"].includes(state.status) || (state.status === "stale" && Boolean(state.retry_after));

async function run() {
  const end = Date.now() + LIMIT;
  let state = live.dataset.phase === "stale" ? await ask() : { status: "processing" };
  for (let round = 1; state === null || !isOver(state); round += 1) {
    if (state?.refused) return tell(state.refused);
    if (Date.now() > end) return tell(live.dataset.failed);
    follow(state ?? {});
    await pause(EVERY);
    // A request that waits in line is forgotten when the daemon restarts: ask again now and then.
    state = await (round % 6 === 0 && !live.dataset.look ? ask() : look()).catch(() => null);
  }
  await fillIn();
}

if (live && ["stale", "processing"].includes(live.dataset.phase)) {
  if (document.prerendering) document.addEventListener("prerenderingchange", run, { once: true });
  else run().catch(() => tell(live.dataset.failed));
}
