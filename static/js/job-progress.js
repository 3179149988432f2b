// Follows long work and loads the page again when it is done.
const FIRST = 1000;
const LONGEST = 10000;

export function start(box) {
  const bar = box.querySelector("progress");
  const label = box.querySelector("[data-job-label]");
  const message = box.querySelector("[data-job-message]");
  let wait = FIRST;

  async function ask() {
    try {
      const response = await fetch(box.dataset.job, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (response.status === 401 || response.status === 403 || response.status === 404) return location.reload();
      if (!response.ok) throw new Error(`job answered ${response.status}`);
      const job = await response.json();
      if (job.finished) return job.url ? location.assign(job.url) : location.reload();
      if (typeof job.percent === "number") bar.value = job.percent;
      else bar.removeAttribute("value");
      if (job.label) label.textContent = job.label;
      if (message.textContent !== (job.message ?? "")) message.textContent = job.message ?? "";
      wait = FIRST;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    setTimeout(ask, wait);
  }

  box.querySelector("[data-job-reload]")?.remove();
  setTimeout(ask, FIRST);
}
