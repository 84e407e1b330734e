// Keeps "12 s ago" going, and lets buttons with data-copy="selector" copy that field's text.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];

function ago(seconds) {
  if (seconds < 5) return "just now";
  for (const [size, unit] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return `${Math.floor(seconds)} s ago`;
}

// The hub's clock counts, not the browser's: the offset is taken when the page comes.
const offset = Date.parse(document.querySelector("meta[name=now]")?.content ?? "") - Date.now() || 0;

setInterval(() => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = ago((Date.now() + offset - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}, 5000);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}
