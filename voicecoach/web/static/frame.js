// The report's frame is as high as the report: one scroll bar, not two.
const frame = document.getElementById("frame");

function fit() {
  const page = frame.contentDocument?.documentElement;
  // The height of what is in it, not scrollHeight: that never falls below the frame's own.
  if (page) frame.style.height = `${Math.ceil(page.getBoundingClientRect().height) + 2}px`;
}

frame.addEventListener("load", () => {
  fit();
  if (frame.contentDocument?.body) new ResizeObserver(fit).observe(frame.contentDocument.body);
});
if (frame.contentDocument?.readyState === "complete") fit();
