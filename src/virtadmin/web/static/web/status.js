// Reads a status page again every minute while somebody looks at it, and says so where that fails. Only what changed is
// put in anew, so that nobody loses their place.

const MINUTE = 60_000;

function put(before, after) {
  if (before.children.length !== after.children.length) return before.replaceChildren(...after.childNodes);
  [...before.children].forEach((child, at) => {
    if (!child.isEqualNode(after.children[at])) child.replaceWith(after.children[at].cloneNode(true));
  });
}

async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.status === 404) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    put(document.querySelector("#status"), fresh.querySelector("#status"));
  } catch {
    document.querySelector("#old").hidden = false;
  }
}

setInterval(renew, MINUTE);
document.addEventListener("visibilitychange", renew);
