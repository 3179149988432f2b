// Says how much room is left; announced only when typing pauses.
export function start(area) {
  const shown = document.getElementById(`${area.id}-count`);
  if (!shown) return;
  const announced = shown.nextElementSibling;
  const max = Number(area.dataset.max);
  let pause;

  const words = () => {
    const left = max - area.value.length;
    const text = left >= 0 ? shown.dataset.left : shown.dataset.over;
    return text.replace("{n}", Math.abs(left).toLocaleString("en-US")).replace("{max}", max.toLocaleString("en-US"));
  };
  const update = () => {
    shown.textContent = words();
    shown.classList.toggle("over", area.value.length > max);
  };

  area.addEventListener("input", () => {
    update();
    clearTimeout(pause);
    pause = setTimeout(() => { announced.textContent = shown.textContent; }, 1000);
  });
  update();
}
