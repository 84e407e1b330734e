// Which of several tabs does a thing: hold(name, signal, begin) calls begin() in one tab at a time, and the function
// that it returned when the signal says that this tab lets go. The next tab that waits takes over at once.

const LEASE_MS = 4000;

export async function hold(name, signal, begin) {
  const work = async () => {
    const end = begin();
    await aborted(signal);
    end();
  };
  try {
    if (navigator.locks) await navigator.locks.request(name, { signal }, work);
    else await lease(name, signal, work);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", resolve, { once: true });
  });
}

// Browsers know locks only over HTTPS and on localhost. Elsewhere a note in the storage says who holds it and until
// when; it is renewed, and torn up by who lets go. Should two take it in the same moment, both would only be told twice.
async function lease(name, signal, work) {
  const me = String(Math.random());
  const read = () => JSON.parse(localStorage.getItem(name) ?? "{}");
  const write = () => localStorage.setItem(name, JSON.stringify({ by: me, until: Date.now() + LEASE_MS }));
  while (!signal.aborted) {
    const left = (read().until ?? 0) - Date.now();
    if (left <= 0) {
      write();
      await pause(50);
      if (read().by === me) break;
    } else await changed(name, signal, Math.min(left, LEASE_MS));
  }
  if (signal.aborted) return;
  const renewing = setInterval(write, LEASE_MS / 4);
  signal.addEventListener("abort", () => {
    clearInterval(renewing);
    if (read().by === me) localStorage.removeItem(name);
  }, { once: true });
  await work();
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

function changed(name, signal, ms) {
  const found = new AbortController();
  return Promise.race([
    pause(ms),
    aborted(signal),
    new Promise((resolve) => {
      window.addEventListener("storage", (event) => { if (event.key === name) resolve(); }, found);
    }),
  ]).finally(() => found.abort());
}
