// Closes an open menu (details.menu) or question (details.confirm) on Escape, on a click beside it, and when the focus
// leaves it. Without this script it opens and closes by its own summary.

const open = () => document.querySelectorAll("details:is(.menu, .confirm)[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const occasion of ["click", "focusin"]) {
  document.addEventListener(occasion, (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
}
