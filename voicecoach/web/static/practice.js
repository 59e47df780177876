// The practice page: microphone check, the call, its end.
import { Sound, loudness } from "./sound.js";
import { CallLine } from "./line.js";
import { KINDS, Stage, WORDS } from "./stage.js";

const root = document.getElementById("practice");
const first = root.dataset.first;
const hides = root.dataset.hides === "yes";
const get = (id) => document.getElementById(id);
const sound = new Sound();
const ENDS = {
  agreed: ["They took the next step.", "You gave room, they came closer by themselves, and you met them."],
  left_open: ["The door is open.", "They can come back by themselves. Leaving it open well is not a failure."],
  lost: ["They are gone.", "They stepped back and felt followed."],
};
const MIC = {
  NotAllowedError: "The browser was not allowed to use the microphone. Allow it beside the address, or type your replies.",
  NotFoundError: "There is no microphone. Plug one in, or type your replies.",
  NotReadableError: "Another program holds the microphone. Close it, or type your replies.",
  SecurityError: "The browser gives a microphone to secure pages only. Ask for the https address, or type your replies.",
};
const HEARD = 0.5; // of the meter: -30 dB
const OPENS_MS = 2000; // a typed call waits no longer for the loudspeaker
const WELL = "You are heard well.";
const QUIET = "That was very quiet. Come closer, or choose another microphone in the browser.";
const NOTHING = "Nothing was heard. Is the microphone switched off? Another one can be chosen in the browser.";
let line = null;
let stage = null;
let holding = false; // hold-to-talk is on
let talking = true; // sound is sent as it is; else as silence
let ended = null;
let half = null; // the line that the last reply stands in

function problem(text) {
  get("problem").textContent = text;
  get("problem").hidden = !text;
}

function meter(id, value) {
  get(id).firstElementChild.style.width = `${Math.round(value * 100)}%`;
}

async function openSound(microphone) {
  try {
    await sound.open(microphone);
    problem("");
    return true;
  } catch (error) {
    problem(MIC[error.name] ?? `The microphone could not be opened (${error.name}).`);
    return false;
  }
}

// -- before: one second recorded and played back

get("test").addEventListener("click", async () => {
  if (!(await openSound(true))) return;
  const says = get("mic-says");
  get("test").disabled = true;
  says.textContent = "Speak now …";
  const kept = [];
  let loudest = 0;
  const began = performance.now();
  await new Promise((done) => {
    sound.onframe = (frame) => {
      const level = loudness(frame);
      meter("level", level);
      loudest = Math.max(loudest, level);
      if (kept.length || level > HEARD || performance.now() - began > 4000) kept.push(frame);
      if (kept.length === 50) done();
    };
  });
  says.textContent = "This is how you sound …";
  sound.onframe = () => {};
  for (const frame of kept) sound.play(frame);
  setTimeout(() => {
    says.textContent = loudest > HEARD ? WELL : loudest > 0.15 ? QUIET : NOTHING;
    get("test").disabled = false;
    if (!line) sound.onframe = (frame) => {
      const level = loudness(frame);
      meter("level", level);
      if (level > HEARD) says.textContent = WELL; // who spoke late is heard all the same
    };
  }, 1300);
});

// -- the call

get("start").addEventListener("click", async () => (await openSound(true)) && begin());
get("start-typed").addEventListener("click", async () => {
  get("start-typed").disabled = true;
  await Promise.race([openSound(false), new Promise((late) => setTimeout(late, OPENS_MS))]);
  begin();
  get("typed").focus();
});

function begin() {
  get("before").hidden = true;
  get("during").hidden = false;
  stage = new Stage(get("stage"), first, hides);
  if (root.dataset.willing) stage.willing(Number(root.dataset.willing));
  get("position").textContent = hides ? "Where they stand is shown after the call." : `${first} has stepped back.`;
  get("call-level").hidden = get("push-to-talk").hidden = !sound.listens;
  line = new CallLine(root.dataset.query);
  line.addEventListener("message", ({ detail }) => take(detail));
  line.addEventListener("sound", ({ detail }) => sound.play(detail));
  line.addEventListener("dropped", () => floor("", "The connection dropped. Coming back …"));
  line.addEventListener("back", () => floor("", "Back again."));
  line.addEventListener("over", finish);
  line.addEventListener("lost", ({ detail }) => {
    problem(detail ? `The call could not go on: ${detail}.` : "The connection was lost. What was said so far is kept.");
    finish();
  });
  sound.onframe = (frame) => {
    meter("call-level", talking ? loudness(frame) : 0);
    line.sound(talking ? frame : new ArrayBuffer(frame.byteLength));
  };
  line.open();
  get("hang-up").focus();
}

function floor(who, says) {
  get("floor").dataset.who = who;
  get("floor-says").textContent = says;
}

const FLOOR = {
  prospect: () => floor("prospect", `${first} is speaking`),
  rep: () => floor("rep", holding ? "Your turn: hold the button and speak" : "Your turn"),
  thinking: () => floor("thinking", `${first} takes that in …`),
};

const TAKES = {
  wait: ({ place }) => floor("", `All places are taken. You are number ${place} in line; the call begins by itself.`),
  full: ({ why }) => problem(`${why[0].toUpperCase()}${why.slice(1)}.`),
  failed: ({ why }) => problem(`The call broke off (${why}).`),
  clear: () => sound.clear(),
  floor: ({ who }) => FLOOR[who]?.(),
  call: ({ call }) => call && get("report").setAttribute("href", `/calls/${call}`),
  rep_spoke: ({ text }) => now("now-text", text),
  transcript: ({ role, text }) => say(role, text),
  voice_failed: () => say("agent", "(The voice is broken; read the lines here.)"),
  prospect_spoke: ({ position }) => move(position),
  prospect_moved: ({ after }) => move(after),
  willingness_changed: ({ before, after, rule }) => willing(after, before, rule),
  judged: ({ verdict }) => judged(verdict),
  not_judged: ({ why }) => did("none", `Not judged: ${why}. Nothing moved.`),
  reply_went_on: (event) => wentOn(event),
  nothing_heard: () => did("none", "Nothing was heard; nothing moved."),
  call_ended: (event) => { ended = event; stage.show(); move(event.outcome === "lost" && event.ended_by === "prospect" ? "gone" : "", true); },
};

function take(message) {
  TAKES[message.type]?.(message);
}

function move(position) {
  if (!position || !(position in WORDS)) return;
  stage.stand(position);
  if (!stage.hides) get("position").textContent = `${first} ${WORDS[position]}.`;
}

function willing(after, before, rule) {
  now("now-did", `${get("now-did")?.textContent.split(";")[0]}; willingness ${before.toFixed(2)} → ${after.toFixed(2)}`);
  stage.willing(after);
  get("willingness").textContent = `Willingness ${before.toFixed(2)} → ${after.toFixed(2)} (${rule})`;
}

function now(id, text) {
  if (get(id)) get(id).textContent = text;
}

function judged(verdict) {
  now("now-did", `${verdict.replace("_", " ")}; willingness unchanged`);
  stage.step(verdict);
  const [kind, shape, words] = KINDS[verdict];
  did(kind, `${shape} ${words}`);
}

function entry(kind, text) {
  const item = document.createElement("p");
  item.className = kind;
  item.textContent = text;
  get("log").append(item);
  requestAnimationFrame(() => { get("log").scrollTop = get("log").scrollHeight; });
  return item;
}

function say(role, text) {
  const who = document.createElement("b");
  who.textContent = role === "agent" ? first : "You";
  const item = entry(role, text || "…");
  item.prepend(who);
  if (role === "user") half = item;
}

function wentOn({ position, willingness }) {
  // What followed the first half of the reply is not said: the whole of it comes, and is judged, once.
  while (half?.nextSibling) half.nextSibling.remove();
  half?.remove();
  did("none", "– You were not done: the answer waits, and it is one reply.");
  stage.unstep();
  move(position);
  if (willingness === "") return;
  stage.willing(willingness);
  get("willingness").textContent = `Willingness ${willingness.toFixed(2)}`;
}

function did(kind, text) {
  entry(`did ${kind}`, text);
}

get("again").addEventListener("click", () => line.ask("again"));
get("hang-up").addEventListener("click", () => line.hangUp());
get("type").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = get("typed").value.trim();
  if (text) line.ask("say", { text });
  get("typed").value = "";
});
get("typed").addEventListener("input", () => line.ask("typing"));

// -- hold to talk

get("push-to-talk").addEventListener("click", () => {
  talk(false); // else the server would wait for a button that is gone
  holding = !holding;
  talking = !holding;
  get("push-to-talk").setAttribute("aria-pressed", holding);
  get("push-to-talk").textContent = `Hold-to-talk: ${holding ? "on" : "off"}`;
  get("talk").hidden = !holding;
});

function talk(on) {
  if (!holding || talking === on) return;
  talking = on;
  get("talk").setAttribute("aria-pressed", on);
  line.ask(on ? "begin_turn" : "end_turn");
}

const button = get("talk");
button.addEventListener("pointerdown", (event) => { button.setPointerCapture(event.pointerId); talk(true); });
for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(name, () => talk(false));
const space = (event) => event.code === "Space" && holding && event.target.tagName !== "INPUT" && (event.target === button || event.target.tagName !== "BUTTON");
addEventListener("keydown", (event) => { if (space(event)) { event.preventDefault(); talk(true); } });
addEventListener("keyup", (event) => { if (space(event)) { event.preventDefault(); talk(false); } });
addEventListener("blur", () => talk(false));

// -- after

function finish() {
  sound.close();
  get("during").hidden = true;
  const [title, says] = root.dataset.again && ended ? ["Once more", "Both attempts, side by side."] : ENDS[ended?.outcome] ?? ["The call broke off.", "What was said so far is kept."];
  get("ended").textContent = title;
  get("ended-says").textContent = says;
  get("after").hidden = false;
  get("after").focus();
}

// A click before all of this was loaded would have done nothing.
for (const id of ["test", "start", "start-typed"]) get(id).disabled = false;
