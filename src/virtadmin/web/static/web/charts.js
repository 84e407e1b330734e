// Draws the page's charts: every <figure data-chart> of the element with data-charts, from the range API, when seen.
// Dragging over one zooms into all of them; new numbers come with the element that has data-newest.

import { columns, figure, summary } from "./chart_data.js";
import { clock, plot } from "./chart_plot.js";

const REFRESH_AFTER = 120; // points that came live: then the hub's own, thinned points are better
const NARROWEST = 60;
let area = null;
const hub = Date.parse(document.querySelector("meta[name=now]")?.content ?? "") - Date.now() || 0;
const now = () => Math.floor((Date.now() + hub) / 1000);
const charts = [];
let whole = null;
let view = null;
let marks = [];
let newest = null;

class Chart {
  constructor(host) {
    this.figure = host;
    this.host = host.querySelector(".plot");
    const { source, series, kind, unit, top, interval } = host.dataset;
    const rows = [...host.querySelectorAll(".legend tbody tr")];
    this.series = JSON.parse(series).map((one, n) => ({ ...one, row: rows[n], swatch: rows[n].querySelector(".swatch path") }));
    Object.assign(this, { source, kind, unit, top: Number(top) || null, interval: Number(interval) || 60, zone: area.dataset.zone });
    this.told = clock(this.zone);
    this.points = this.series.map(() => []);
    this.seen = this.loaded = null;
    this.host.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.u?.setSize({ width: this.host.clientWidth, height: this.u.height })).observe(this.host);
  }

  view() { return [view.from, view.to]; }

  limits() { return [...this.figure.querySelectorAll("[data-limit]")].map((one) => Number(one.dataset.limit)); }

  marks() { return marks.filter(({ metrics }) => !metrics.length || this.series.some(({ metric }) => metrics.includes(metric) || (metric.startsWith("mount:") && metrics.includes("hdd_usage")))); }

  // A point for every two pixels; what lies between shows in the band.
  width() { return Math.min(1000, Math.max(200, Math.round(this.host.clientWidth / 2))); }

  back() { zoom(null); }

  zoom(from, to) { zoom(from, to); }

  // What is asked for is the view of this moment: an answer to an older question is thrown away.
  async load() {
    const wanted = (this.loaded = view);
    this.figure.setAttribute("aria-busy", "true");
    try {
      const answers = await Promise.all(this.series.map(({ metric }) => ask(this.source, { metric, ...span(), points: this.width() })));
      if (this.loaded !== wanted) return;
      this.points = answers.map((answer) => answer.points);
      this.arrived = 0;
      this.say(this.points.some((points) => points.length) ? "" : "Nothing was measured in this time.");
      this.draw();
    } catch {
      if (this.loaded !== wanted) return;
      this.loaded = null;
      this.say("The history cannot be read now.");
    } finally {
      this.figure.removeAttribute("aria-busy");
    }
  }

  say(text) {
    const line = this.figure.querySelector(".said");
    line.textContent = text;
    line.hidden = !text;
  }

  draw() {
    const signs = this.series.map(({ draw }) => (draw === "mirrored" ? -1 : 1));
    const data = columns(this.points, this.interval, signs);
    if (this.u) this.u.setData(data);
    else this.u = plot(this, data);
    this.figure.dataset.points = this.points.map((points) => points.length).join(" ");
    this.figure.dataset.gaps = data[1].filter((value, n) => value === null && n > 0 && data[1][n - 1] !== null).length;
    this.series.forEach(({ row }, n) => {
      const found = summary(this.points[n]);
      for (const name of ["least", "mean", "most"]) row.querySelector(`.${name}`).textContent = this.text(found?.[name]);
    });
    this.pointed(null);
  }

  text(value) { return figure(value, this.kind, this.unit); }

  // What is so now; of a time that is over its last point, which may stand for hours.
  last(n) { return (view.zoomed ? null : newest?.[this.series[n].metric]) ?? this.points[n].at(-1)?.value; }

  // Beside the names stands what was then, or the newest while nothing is pointed at.
  pointed(index, u = this.u) {
    const time = index === null || index === undefined ? null : u.data[0][index];
    this.series.forEach(({ row, draw }, n) => {
      const value = time === null ? this.last(n) : u.data[1 + 3 * n][index];
      row.querySelector(".now").textContent = this.text(draw === "mirrored" && time !== null && value !== null ? -value : value);
    });
    const then = time === null ? [] : this.marks().filter((mark) => mark.start <= time && time <= (mark.end ?? Infinity));
    this.figure.querySelector(".then").textContent = time === null ? (view.zoomed ? "At its end" : "Now") : this.told(time, "full");
    this.figure.querySelector(".marked").textContent = [...new Set(then.map(({ label }) => label))].join("; ");
  }

  // Keys do what the mouse does: walk along the line, come closer, go back.
  key(event) {
    const { key } = event;
    if (!this.u || event.ctrlKey || event.metaKey || event.altKey) return;
    const times = this.u.data[0];
    const at = this.u.cursor.idx ?? times.length - 1;
    const steps = { ArrowLeft: event.shiftKey ? -20 : -1, ArrowRight: event.shiftKey ? 20 : 1, Home: -times.length, End: times.length };
    if (key in steps) {
      const next = Math.max(0, Math.min(times.length - 1, at + steps[key]));
      if (times.length) this.u.setCursor({ left: this.u.valToPos(times[next], "x"), top: 10 }, true, true);
      const values = this.series.map(({ row }) => `${row.querySelector("th").textContent.trim()} ${row.querySelector(".now").textContent}`);
      said(`${this.figure.querySelector(".then").textContent}: ${values.join(", ")} ${this.figure.querySelector(".marked").textContent}`);
    } else if (key === "+" || key === "=") {
      const [middle, quarter] = [times[at] ?? view.to, (view.to - view.from) / 4];
      zoom(middle - quarter, middle + quarter);
    } else if ((key === "-" || key === "Escape") && view.zoomed) zoom(null);
    else return;
    event.preventDefault();
  }

  // The newest numbers, as the page has them; what was missed meanwhile is asked for.
  news({ time, ...values }) {
    if (!this.u || view.zoomed || this.loaded !== view) return;
    const last = Math.max(0, ...this.points.map((points) => points.at(-1)?.time ?? 0));
    if (time <= last) return;
    if ((last && time - last > 3 * this.interval) || this.arrived > REFRESH_AFTER) {
      this.loaded = null;
      if (this.seen) this.load();
      return;
    }
    this.arrived += 1;
    this.series.forEach(({ metric }, n) => {
      const value = values[metric];
      if (value !== null && value !== undefined) this.points[n].push({ time, value, min: value, max: value });
      while (this.points[n][0]?.time < view.from) this.points[n].shift();
    });
    this.say("");
    this.draw();
  }
}

function span() { return { from: Math.floor(view.from), to: Math.ceil(view.to) }; }

async function ask(source, query) {
  const answer = await fetch(`${source}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${source}: ${answer.status}`);
  return answer.json();
}

function said(text) { area.querySelector("[data-said]").textContent = text; }

// Into a part of the time, or (null) back to all of it; the address tells it, so that it can be passed on.
function zoom(from, to) {
  if (from === null) view = { ...whole, zoomed: false };
  else {
    const middle = (from + to) / 2;
    const half = Math.max(to - from, NARROWEST) / 2;
    view = { from: Math.floor(middle - half), to: Math.ceil(middle + half), zoomed: true };
  }
  if (!view.zoomed) slide(now());
  const address = new URL(location.href);
  for (const name of ["from", "to"]) {
    if (view.zoomed) address.searchParams.set(name, view[name]);
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, "", address);
  area.querySelector("[data-back]").hidden = !view.zoomed;
  for (const chart of charts) {
    chart.u?.setScale("x", { min: view.from, max: view.to });
    if (chart.seen) chart.load();
    else chart.loaded = null;
  }
  look();
}

function slide(to) {
  if (view.zoomed || to <= view.to) return;
  [view.from, view.to] = [to - (whole.to - whole.from), to];
}

async function look() {
  const wanted = view;
  const answer = await ask(area.dataset.marks, span()).catch(() => null);
  if (!answer || wanted !== view) return;
  marks = answer.marks;
  area.dataset.marked = marks.length;
  for (const kind of area.querySelectorAll("[data-what]")) kind.hidden = !marks.some(({ what }) => what === kind.dataset.what);
  redraw();
}

function redraw() { for (const chart of charts) chart.u?.redraw(true, true); }

function news(element) {
  const told = JSON.parse(element.dataset.newest || "null");
  if (!told) return;
  newest = told;
  slide(newest.time);
  for (const chart of charts) chart.news(newest);
}

function start() {
  const { from, to, zoomFrom, zoomTo } = area.dataset;
  whole = { from: Number(from), to: Number(to) };
  view = zoomFrom ? { from: Number(zoomFrom), to: Number(zoomTo), zoomed: true } : { ...whole, zoomed: false };
  newest = JSON.parse(document.querySelector("[data-newest]")?.dataset.newest || "null");
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = charts.find((one) => one.figure === target);
      chart.seen = isIntersecting;
      if (isIntersecting && chart.loaded !== view) chart.load();
    }
  });
  for (const host of area.querySelectorAll("[data-chart]")) {
    charts.push(new Chart(host));
    watch.observe(host);
  }
  area.querySelector("[data-back]").addEventListener("click", () => zoom(null));
  area.querySelector("[data-back]").hidden = !view.zoomed;
  look();
  area.addEventListener("live", look); // an incident opened, or is over
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true });
  new MutationObserver((changes) => {
    for (const { target, attributeName } of changes) {
      if (attributeName === "data-newest") news(target);
      else redraw();
    }
  }).observe(document.body, { attributes: true, subtree: true, attributeFilter: ["data-newest", "data-limit"] });
}

// A server that was just added has no charts yet: they come with its first numbers.
function begin() {
  area ??= document.querySelector("[data-charts]");
  if (!area) return;
  document.removeEventListener("htmx:after:settle", begin);
  start();
}

document.addEventListener("htmx:after:settle", begin);
begin();
