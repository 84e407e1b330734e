// Keeps the page true: one stream of server-sent events while the page is seen. An element with data-live="topic" is
// told (event "live", on which htmx fetches it anew) when its topic had news, at most every data-pace seconds.

const PACE_SECONDS = 1;
const CLOSED_RETRY_MS = 5000;
const address = document.body.dataset.stream;
const banner = document.getElementById("gone");
const waiting = new Map();
let stream = null;
let missed = false;

function tell(topic) {
  for (const element of document.querySelectorAll("[data-live]")) {
    if (topic === "*" || element.dataset.live === topic) paced(element);
  }
}

// The first news is passed on at once, the last of those that follow within the pace at its end: none is lost.
function paced(element) {
  const key = element.id;
  const pace = 1000 * (element.dataset.pace ?? PACE_SECONDS);
  const last = waiting.get(key);
  if (last?.timer) return;
  const wait = Math.max(0, (last?.time ?? -Infinity) + pace - performance.now());
  const timer = setTimeout(() => {
    waiting.set(key, { time: performance.now() });
    document.getElementById(key)?.dispatchEvent(new CustomEvent("live"));
  }, wait);
  waiting.set(key, { time: last?.time, timer });
}

function open() {
  if (!address || stream || document.hidden) return;
  const profile = document.querySelector("[data-profile]")?.dataset.profile;
  stream = new EventSource(profile ? `${address}?profile=${profile}` : address);
  stream.addEventListener("ready", back);
  stream.addEventListener("error", lost);
  stream.addEventListener("notifications", () => tell("notifications"));
  stream.addEventListener("profile", () => tell("profile"));
  stream.addEventListener("servers", (event) => {
    tell("servers");
    for (const id of JSON.parse(event.data).ids) tell(`server-${id}`);
  });
}

function close() {
  stream?.close();
  stream = null;
}

function back() {
  banner.hidden = true;
  if (missed) tell("*");
  missed = false;
}

// The browser reconnects by itself, except after a refusal: then the page asks why.
function lost() {
  if (!missed) banner.querySelector("time").textContent = new Date().toLocaleTimeString();
  missed = true;
  setTimeout(() => { banner.hidden = !missed; }, 1500); // a stream's end of life is no outage
  if (stream?.readyState === EventSource.CLOSED) {
    close();
    setTimeout(reopen, CLOSED_RETRY_MS);
  }
}

async function reopen() {
  const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 401) location.reload();
  else open();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
    missed = true;
  } else open();
});
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", (event) => { if (event.persisted) { missed = true; open(); } });
open();
