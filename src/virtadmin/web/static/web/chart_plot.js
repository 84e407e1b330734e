// One chart drawn by uPlot: lines with their bands, limits, and what is marked on the time axis.
/* global uPlot */

import { figure } from "./chart_data.js";

const HEIGHT = 190;
const AXIS_WIDTH = 56;
const LANE = 6;
const BINARY = Array.from({ length: 30 }, (_, n) => 2 ** (n - 8)); // steps of an axis of GiB
const SMALLEST = 0.1; // an axis reaches so far at least: of less, its steps would all be called 0
const SEVERAL = 3; // columns a series: its mean, its most, its least

// Colours are the style sheet's, light or dark: a canvas cannot read them, so an element is asked.
export function colour(host, name) {
  const probe = host.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function faint(ink, share) {
  const parts = ink.match(/[\d.]+/g) ?? [0, 0, 0];
  return `rgba(${parts.slice(0, 3).join(", ")}, ${share})`;
}

export function clock(zone) {
  const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const kinds = {
    second: format({ ...time, second: "2-digit" }), minute: format(time), day: format({ day: "numeric", month: "short" }),
    month: format({ month: "short", year: "numeric" }), full: format({ ...time, weekday: "short", day: "numeric", month: "short" }),
  };
  return (unix, kind) => kinds[kind].format(unix * 1000);
}

// What a time is called on the axis: at midnight the day, as that is what one wants to know there.
function ticks(told) {
  return (u, splits, axis, space, step) => splits.map((unix) => {
    if (step >= 28 * 86400) return told(unix, "month");
    if (step >= 86400 || told(unix, "minute") === "00:00") return told(unix, "day");
    return told(unix, step < 60 ? "second" : "minute");
  });
}

function scale({ kind, top }) {
  if (kind === "percent") return [0, 100];
  if (top) return [0, top];
  const reach = (value) => (value > 0 ? Math.max(uPlot.rangeNum(0, value, 0.1, true)[1], SMALLEST) : 0);
  return (u, least, most) => [-reach(-(least ?? 0)), reach(most ?? 0) || (least < 0 ? 0 : 1)];
}

// A point between two gaps is no line: it is drawn by itself.
function lonely(u, n) {
  const values = u.data[n];
  const nothing = (at) => (values[at] ?? null) === null;
  const alone = [...values.keys()].filter((at) => !nothing(at) && nothing(at - 1) && nothing(at + 1));
  return alone.length ? alone : null;
}

function lines(chart) {
  return chart.series.flatMap(({ draw, swatch }) => {
    const ink = () => getComputedStyle(swatch).stroke;
    const dash = (getComputedStyle(swatch).strokeDasharray.match(/[\d.]+/g) ?? []).map(Number);
    const edge = { scale: "y", width: 0, points: { show: false } };
    const fill = draw === "line" ? undefined : () => faint(ink(), 0.12);
    const points = { show: false, filter: lonely, size: 5, fill: ink };
    return [{ scale: "y", width: 1.5, stroke: ink, dash, fill, fillTo: 0, points }, edge, edge];
  });
}

function bands(chart) {
  return chart.series.map(({ swatch }, n) => {
    const most = 2 + SEVERAL * n;
    return { series: [most, most + 1], fill: () => faint(getComputedStyle(swatch).stroke, 0.28) };
  });
}

// Incidents hang from the top, silences and maintenance stand on the axis: told apart by place and pattern, too.
function drawMarks(u, chart) {
  const { ctx, bbox } = u;
  const lane = LANE * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of chart.marks()) {
    const [left, right] = [mark.start, mark.end ?? u.scales.x.max].map((time) => u.valToPos(time, "x", true));
    const width = Math.max(right - left, 2 * devicePixelRatio);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    const ink = colour(chart.host, mark.what === "incident" ? (mark.level === "critical" ? "--bad" : "--warn") : "--soft");
    if (mark.what === "incident") {
      ctx.fillStyle = faint(ink, 0.1);
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.fillStyle = ink;
      ctx.fillRect(left, bbox.top, width, lane / 2);
      continue;
    }
    const top = bbox.top + bbox.height - lane;
    ctx.fillStyle = faint(ink, 0.16);
    ctx.fillRect(left, top, width, lane);
    ctx.fillStyle = ctx.strokeStyle = ink;
    if (mark.what === "silence") ctx.strokeRect(left, top, width, lane);
    else for (let at = left; at < left + width; at += lane) ctx.fillRect(at, top, lane / 3, lane);
  }
  ctx.restore();
}

function drawLimits(u, chart) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.setLineDash([3, 4].map((pixels) => pixels * devicePixelRatio));
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = colour(chart.host, "--limit");
  for (const limit of new Set(chart.limits())) {
    const height = Math.round(u.valToPos(limit, "y", true)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(bbox.left, height);
    ctx.lineTo(bbox.left + bbox.width, height);
    ctx.stroke();
  }
  ctx.restore();
}

// `chart`: host, series (draw, swatch), kind, unit, top, zone, view(), marks(), limits(), pointed(index), zoom(from, to).
export function plot(chart, data) {
  const ink = (name) => () => colour(chart.host, name);
  const axis = { stroke: ink("--soft"), font: `12px ${getComputedStyle(chart.host).fontFamily}`, grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false } };
  const mirrored = chart.series.some(({ draw }) => draw === "mirrored");
  const value = (number) => figure(mirrored ? Math.abs(number) : number, chart.kind, chart.unit);
  const options = {
    width: Math.max(chart.host.clientWidth, 200),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    tzDate: (unix) => uPlot.tzDate(new Date(unix * 1000), chart.zone),
    scales: { x: { time: true, range: () => chart.view() }, y: { range: scale(chart) } },
    axes: [
      { ...axis, values: ticks(clock(chart.zone)), size: 28, space: 64, grid: { show: false }, ticks: { show: true, size: 4, stroke: ink("--line-strong"), width: 1 } },
      { ...axis, scale: "y", size: AXIS_WIDTH, space: 30, gap: 6, ...(chart.kind === "size" && { incrs: BINARY }), values: (u, splits) => splits.map(value) },
    ],
    series: [{}, ...lines(chart)],
    bands: bands(chart),
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { show: (u, n) => (n % SEVERAL === 1 ? undefined : false), size: 7 },
      sync: { key: "charts", scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      bind: { dblclick: () => () => chart.back() },
    },
    hooks: {
      drawClear: [(u) => drawMarks(u, chart)],
      draw: [(u) => drawLimits(u, chart)],
      setCursor: [(u) => chart.pointed(u.cursor.idx, u)],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < 2) return;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          chart.zoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
        },
      ],
    },
  };
  return new uPlot(options, data, chart.host);
}
