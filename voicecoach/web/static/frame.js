// The report's frame is as high as the report: one scroll bar, not two.
const frame = document.getElementById("frame");

function fit() {
  const page = frame.contentDocument?.documentElement;
  if (page) frame.style.height = `${page.scrollHeight + 2}px`;
}

frame.addEventListener("load", () => {
  fit();
  if (frame.contentDocument?.body) new ResizeObserver(fit).observe(frame.contentDocument.body);
});
if (frame.contentDocument?.readyState === "complete") fit();
