"use strict";
const sound = document.getElementById("sound");
const lines = [...document.querySelectorAll("ol.talk li[data-at]")];
const from = (line) => { sound.currentTime = Number(line.dataset.at); sound.play(); };
if (sound) {
  for (const line of lines) {
    line.querySelector("button.play").addEventListener("click", (event) => { event.stopPropagation(); from(line); });
    line.addEventListener("click", () => { if (!getSelection().toString()) from(line); });
  }
  sound.addEventListener("timeupdate", () => {
    let now = null;
    for (const line of lines) if (Number(line.dataset.at) <= sound.currentTime + 0.05) now = line;
    for (const line of lines) line.classList.toggle("now", line === now && !sound.paused);
  });
}
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(code); button.textContent = "Selected: now copy"; }
  });
}
