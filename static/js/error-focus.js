// After a refused form the summary is where reading starts.
export function start(summary) {
  summary.focus();
}
