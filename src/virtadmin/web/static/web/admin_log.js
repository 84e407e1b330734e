// Follows an enrolment on its admin page: on every piece of news the page's own status and log are fetched again.

const log = document.getElementById("run-log");
const status = () => document.getElementById("run-status");

async function refresh() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["run-status", "run-log"]) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id).replaceWith(fresh);
  }
}

if (log && status()?.dataset.over === "0") {
  const stream = new EventSource(log.dataset.stream);
  let pending = null;
  stream.addEventListener("profile", () => {
    pending ??= setTimeout(async () => {
      pending = null;
      await refresh();
      if (status().dataset.over === "1") stream.close();
    }, 300);
  });
  stream.addEventListener("ready", refresh);
}
