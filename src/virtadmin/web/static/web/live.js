// Keeps the page true while it is seen. An element with data-live="topic" is told (event "live", on which htmx fetches
// it anew) when its topic had news, at most every data-pace seconds. Topics: servers, server-<id>, urls, url-<id>,
// notifications, incidents, chats, imports, and profile (an enrolment: that of data-profile). An element with data-soon
// waits for something that may have come before its page listened, so it is fetched once as soon as that does.

import { join } from "./stream.js";

const PACE_SECONDS = 1;
const GRACE_MS = 1500; // a stream's end of life is no outage
const BACK_MS = 4000;
const ONE_OF = { servers: "server", urls: "url" };
const banner = document.getElementById("gone");
const waiting = new Map();
let stream = null;
let missed = false;
let started = false;
let goneSince = null;

function tell(wanted) {
  for (const element of document.querySelectorAll("[data-live]")) if (wanted(element.dataset)) paced(element);
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
    if (!document.hidden) document.getElementById(key)?.dispatchEvent(new CustomEvent("live"));
  }, wait);
  waiting.set(key, { time: last?.time, timer });
}

function followed() {
  return [...document.querySelectorAll("[data-live=profile]")].map((element) => element.dataset.profile);
}

function heard(kind, data) {
  if (kind === "ready") back(data.fresh);
  else if (kind === "lost") lost(data.since);
  else if (kind === "out") location.reload();
  else if (kind === "profile") tell(({ live, profile }) => live === "profile" && profile === String(data.profile));
  else {
    const ones = new Set((ONE_OF[kind] ? data.ids : []).map((id) => `${ONE_OF[kind]}-${id}`));
    tell(({ live }) => live.split(" ").some((topic) => topic === kind || ones.has(topic)));
  }
}

function back(fresh) {
  if (missed || (fresh && started)) tell(() => true);
  else if (!started) tell(({ soon }) => soon !== undefined);
  if (!banner.hidden) show("back", BACK_MS);
  missed = false;
  started = true;
  goneSince = null;
}

function lost(since) {
  missed = true;
  if (goneSince) return;
  goneSince = since;
  setTimeout(() => {
    if (goneSince !== since) return;
    banner.querySelector("time").textContent = new Date(since).toLocaleTimeString();
    show("away");
  }, GRACE_MS);
}

// Says that the hub is away until it is back; that it is back, for a moment.
function show(which, ms = 0) {
  for (const word of ["away", "back"]) banner.querySelector(`[data-${word}]`).hidden = word !== which;
  banner.classList.toggle("back", which === "back");
  banner.hidden = false;
  if (ms) setTimeout(() => { if (!goneSince) banner.hidden = true; }, ms);
}

function seen() {
  if (document.hidden) {
    stream.leave();
    missed = true;
  } else stream.enter();
}

if (document.body.dataset.stream) {
  stream = join(document.body.dataset.stream, followed, heard);
  document.addEventListener("visibilitychange", seen);
  document.addEventListener("htmx:after:swap", () => stream.follow());
  window.addEventListener("pagehide", () => stream.leave());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    missed = true;
    stream.enter();
  });
  seen();
}
