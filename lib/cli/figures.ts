// Figures as people read them, each within a few characters.

/** `-` where nothing is known. */
const UNKNOWN = "-";

export function showBytes(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)}${units[unit]}`;
}

/** Milliseconds since it was ready: `850ms`, `12s`, `5m03s`, `7h12m`, `3d4h`. */
export function showDuration(ms: number): string {
  if (ms <= 0) return UNKNOWN;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** Milliseconds of a lag or of a call. */
export function showMilliseconds(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  if (ms >= 10_000) return `${Math.round(ms / 1_000)}s`;
  return ms >= 10 ? `${Math.round(ms)}ms` : `${ms.toFixed(1)}ms`;
}

/** Parts of one processor as percent. */
export function showPart(part: number | undefined): string {
  return part === undefined ? UNKNOWN : `${Math.round(part * 100)}%`;
}

export function showRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  if (perSecond >= 10_000) return `${Math.round(perSecond / 1_000)}k`;
  return perSecond >= 10 || perSecond === 0 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
