// The days of a website are one stop of the Tab key: arrow keys, Home and End go from day to day.

const STEPS = { ArrowLeft: (at) => at - 1, ArrowRight: (at) => at + 1, Home: () => 0, End: (_, last) => last };

document.addEventListener("keydown", (event) => {
  const day = event.target.closest(".day");
  const step = STEPS[event.key];
  if (!day || !step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const days = [...day.parentElement.querySelectorAll(".day")];
  const next = days[Math.max(0, Math.min(days.length - 1, step(days.indexOf(day), days.length - 1)))];
  day.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
