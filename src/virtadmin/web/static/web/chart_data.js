// From the range API's points to the columns that uPlot draws. No page in here: numbers alone.

const NEIGHBOURS = 4;
const GAP = 2.5;

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : Infinity;
}

// Times after which nothing came for longer than the points around are apart, and longer than the interval explains:
// how far apart they are changes with the interval and with how old they are.
function gaps(times, interval) {
  const apart = times.slice(1).map((time, n) => time - times[n]);
  return apart.flatMap((seconds, n) => {
    if (seconds <= GAP * interval) return [];
    const near = [...apart.slice(Math.max(0, n - NEIGHBOURS), n), ...apart.slice(n + 1, n + 1 + NEIGHBOURS)];
    const usual = median(near);
    return near.length && seconds > GAP * usual ? [times[n] + usual] : [];
  });
}

// [times, mean, most, least, mean, …] of several series; null where nothing was measured. What is drawn below the axis
// (sign -1) is turned around, so that its most is its lowest.
export function columns(series, interval, signs) {
  const known = [...new Set(series.flat().map((point) => point.time))].sort((a, b) => a - b);
  const times = [...new Set([...known, ...gaps(known, interval)])].sort((a, b) => a - b);
  const place = new Map(times.map((time, n) => [time, n]));
  const drawn = series.flatMap((points, n) => {
    const [mean, most, least] = [0, 1, 2].map(() => new Array(times.length).fill(null));
    for (const { time, value, min, max } of points) {
      const at = place.get(time);
      [mean[at], most[at], least[at]] = signs[n] < 0 ? [-value, -min, -max] : [value, max, min];
    }
    return [mean, most, least];
  });
  return [times, ...drawn];
}

// What the points have in common; null when there are none.
export function summary(points) {
  if (!points.length) return null;
  let [least, most, total] = [Infinity, -Infinity, 0];
  for (const { value, min, max } of points) {
    least = Math.min(least, min);
    most = Math.max(most, max);
    total += value;
  }
  return { least, mean: total / points.length, most };
}

// A number as short as it still tells, as web/figures.py writes them; the unit of rates stands in the chart's title.
export function figure(value, kind, unit) {
  if (value === null || value === undefined) return "–";
  if (kind === "size" && unit === "GiB" && value >= 1024) return `${(value / 1024).toFixed(1)} TiB`;
  if (kind === "latency" && value >= 1000) return `${short(value / 1000)} s`;
  if (kind === "duration") return value >= 86400 ? `${short(value / 86400)} d` : `${short(value / 3600)} h`;
  return kind === "rate" || !unit ? short(value) : `${short(value)} ${unit}`;
}

function short(value) {
  const size = Math.abs(value);
  if (size >= 9.95) return value.toFixed(0);
  return size >= 0.995 ? value.toFixed(1) : String(Number(value.toFixed(2)));
}
