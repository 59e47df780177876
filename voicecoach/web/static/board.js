// Keeps the board up to date: the server sends the part that changes, already escaped, whenever it has changed.
const live = document.getElementById("live");
const says = document.getElementById("live-says");
let heard = "";

function announce() {
  const calls = [...live.querySelectorAll(".lives li")].map((item) => item.textContent.replace(/\s+/g, " ").trim());
  const text = calls.length ? `In a call: ${calls.length}` : "Nobody is in a call.";
  if (text !== heard) says.textContent = heard = text;
}

function put(html) {
  // Whoever reads a link here by keyboard keeps it.
  const at = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const wide = live.querySelector(".wide")?.scrollLeft ?? 0;
  live.innerHTML = html;
  if (at) live.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
  const table = live.querySelector(".wide");
  if (table) table.scrollLeft = wide;
  announce();
}

const stream = new EventSource(live.dataset.from);
stream.onmessage = ({ data }) => put(JSON.parse(data));
