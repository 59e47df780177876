// Where a learning platform's launch page sends a learner: what stands behind # lets them in, then the practice opens.
const status = document.getElementById("status");
const button = document.getElementById("instead");
const words = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname); // the key stays neither in the address bar nor in the history

async function join(instead) {
  button.hidden = true;
  status.textContent = "One moment …";
  const learner = { code: words.get("code") ?? "", key: words.get("key") ?? "", name: words.get("name") ?? "", instead };
  let answer;
  try {
    answer = await fetch("/lms/join", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(learner),
    });
  } catch {
    status.textContent = "The server cannot be reached. Load this page again from your course.";
    return;
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && typeof told.go === "string" && told.go.startsWith("/") && !told.go.startsWith("//")) {
    location.replace(told.go);
  } else if (answer.status === 409) {
    status.textContent = told.why;
    button.textContent = learner.name ? `Go on as ${learner.name}` : "Go on";
    button.hidden = false;
    button.focus();
  } else {
    status.textContent = answer.status === 422
      ? "Open the practice from your course; this address alone leads nowhere."
      : told.why ?? "That did not work. Open the practice from your course again.";
  }
}

button.addEventListener("click", () => join(true));
join(false);
