// One stream of server-sent events for all tabs of this browser, as a browser allows six connections to a hub over
// HTTP/1.1. Of the tabs that are seen one holds the stream and passes on what comes; hidden tabs neither hold nor hear.
// join(address, followed, heard): `followed` gives the enrolments this page shows; `heard(kind, data)` is called with
// each topic, "ready" (data.fresh: news may have been missed before), "lost" (data.since), "out" (nobody is signed in).

import { hold } from "./lock.js";

const NAME = "virtadmin-live";
const TOPICS = ["servers", "urls", "notifications", "incidents", "chats", "imports", "profile", "out"];
const RETRY_MS = 5000;

export function join(address, followed, heard) {
  const me = String(Math.random());
  const channel = new BroadcastChannel(NAME);
  const wishes = new Map(); // what each tab follows; known to the one that holds the stream
  let here = null; // lets go when aborted; null while this tab is hidden
  let source = null;
  let asked = new Set();
  let state = null;

  function say(kind, data = {}) {
    channel.postMessage({ kind, data });
    heard(kind, data);
  }

  function open() {
    source?.close();
    asked = new Set([...wishes.values()].flat());
    const query = [...asked].map((profile) => `profile=${profile}`).join("&");
    source = new EventSource(query ? `${address}?${query}` : address);
    source.addEventListener("ready", () => {
      state = { kind: "ready", data: {} };
      say("ready", { fresh: true });
    });
    source.addEventListener("error", lost);
    for (const topic of TOPICS) source.addEventListener(topic, (event) => say(topic, JSON.parse(event.data)));
  }

  // The browser comes again by itself, except after a refusal: then it is asked why.
  function lost() {
    if (state?.kind !== "lost") state = { kind: "lost", data: { since: Date.now() } };
    say(state.kind, state.data);
    if (source.readyState === EventSource.CLOSED) setTimeout(again, RETRY_MS, source);
  }

  async function again(refused) {
    if (source !== refused) return;
    const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (source !== refused) return;
    if (answer?.status === 401) say("out");
    else open();
  }

  function lead() {
    wishes.clear();
    wishes.set(me, followed());
    channel.postMessage({ kind: "who" });
    state = null;
    open();
    return () => {
      source.close();
      source = null;
    };
  }

  function wish(tab, profiles) {
    wishes.set(tab, profiles);
    if (profiles.some((profile) => !asked.has(profile))) open();
    else if (state) channel.postMessage(state);
  }

  function greet() {
    channel.postMessage({ kind: "here", data: { tab: me, profiles: followed() } });
  }

  channel.addEventListener("message", ({ data: { kind, data } }) => {
    if (!here) return;
    if (kind === "who") greet();
    else if (kind === "here" || kind === "left") {
      if (!source) return;
      if (kind === "here") wish(data.tab, data.profiles);
      else wishes.delete(data.tab);
    } else heard(kind, data);
  });

  return {
    enter() {
      if (here) return;
      here = new AbortController();
      greet();
      hold(NAME, here.signal, lead);
    },
    leave() {
      if (!here) return;
      here.abort();
      here = null;
      channel.postMessage({ kind: "left", data: { tab: me } });
    },
    follow() {
      if (source) wish(me, followed());
      else if (here) greet();
    },
  };
}
