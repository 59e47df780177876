/* The page a learning platform launches: finds the platform's SCORM 1.2 adapter, opens the practice at the server's
   address, asks the server how far this learner is and tells the platform. A classic script: some platforms serve
   packages with types that modules refuse. */
"use strict";
(function () {
  var ASK_EVERY_MS = 5000;
  var ASK_AT_MOST_MS = 60000;
  var PARENTS = 500; // as ADL's own example looks for the adapter

  var place = document.body.dataset;
  var opened = Date.now();
  var platform = null; // the adapter, once it is initialized
  var told = ""; // what the platform was told last
  var wait = ASK_EVERY_MS;
  var timer = 0;
  var done = false;

  function adapterIn(window_) {
    try {
      return window_.API || null;
    } catch {
      return null; // a frame of another origin: the adapter may still lie above it
    }
  }

  function adapterAbove(window_) {
    for (var step = 0; step < PARENTS; step += 1) {
      var found = adapterIn(window_);
      if (found) return found;
      if (window_.parent === window_) return null;
      window_ = window_.parent;
    }
    return null;
  }

  function findAdapter() {
    return adapterAbove(window) || (window.opener ? adapterAbove(window.opener) : null);
  }

  function get(name) {
    return platform ? String(platform.LMSGetValue(name)) : "";
  }

  function set(name, value) {
    if (platform) platform.LMSSetValue(name, String(value));
  }

  function say(text) {
    document.getElementById("status").textContent = text;
  }

  function trouble(text) {
    var line = document.getElementById("trouble");
    line.textContent = text;
    line.hidden = !text;
  }

  // This learner's own key: the platform keeps it with their attempt, so that they come back as the same rep, from any
  // device, and nobody else can ask for their result.
  function learnersKey() {
    var kept = get("cmi.suspend_data");
    if (/^[0-9a-f]{64}$/.test(kept)) return kept;
    var bytes = crypto.getRandomValues(new Uint8Array(32));
    var key = Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
    set("cmi.suspend_data", key);
    return key;
  }

  // Platforms give "Last, First".
  function learnersName() {
    var parts = get("cmi.core.student_name").split(",");
    return (parts.length === 2 ? parts[1] + " " + parts[0] : parts.join(" ")).trim();
  }

  // HHHH:MM:SS.SS, as SCORM 1.2 writes time; of this launch alone, the platform sums them up.
  function sessionTime() {
    var seconds = (Date.now() - opened) / 1000;
    var pad = function (number, width) { return String(number).padStart(width, "0"); };
    var hours = Math.min(9999, Math.floor(seconds / 3600));
    return pad(hours, 4) + ":" + pad(Math.floor(seconds / 60) % 60, 2) + ":" + pad((seconds % 60).toFixed(2), 5);
  }

  // What was earned stays: a platform's "passed" is never lowered from here.
  function reaches(status) {
    var now = get("cmi.core.lesson_status");
    return !(now === "passed" || now === "completed") || status === "passed";
  }

  function tell(standing) {
    var now = JSON.stringify([standing.status, standing.score]);
    if (now === told || !platform) return;
    if (standing.score !== null) {
      set("cmi.core.score.min", 0);
      set("cmi.core.score.max", 100);
      set("cmi.core.score.raw", standing.score);
    }
    if (reaches(standing.status)) set("cmi.core.lesson_status", standing.status);
    set("cmi.core.session_time", sessionTime());
    if (String(platform.LMSCommit("")) === "true") {
      told = now;
      trouble("");
    } else {
      trouble("Your course did not take the result; it is tried again.");
    }
  }

  function show(standing) {
    var score = standing.score === null ? "" : " Best score so far: " + standing.score + ".";
    if (standing.status === "passed") say("Passed." + score + " You can close this page.");
    else if (standing.calls === 0) say("No call yet.");
    else say(standing.calls + (standing.calls === 1 ? " call" : " calls") + " so far, not passed yet." + score);
  }

  // Only what a server of ours says is passed on, in the form that SCORM has.
  function readStanding(answer) {
    var score = answer.score;
    if (["incomplete", "passed", "failed"].indexOf(answer.status) < 0) throw new Error("status");
    if (score !== null && !(Number.isInteger(score) && score >= 0 && score <= 100)) throw new Error("score");
    if (!Number.isInteger(answer.calls) || answer.calls < 0) throw new Error("calls");
    return { status: answer.status, score: score, calls: answer.calls };
  }

  async function ask(key) {
    clearTimeout(timer);
    try {
      var answer = await fetch(place.server + "/lms/standing?code=" + encodeURIComponent(place.code), {
        headers: { Authorization: "Bearer " + key },
        credentials: "omit",
        cache: "no-store",
      });
      if (answer.status === 404) {
        say("Not begun yet. Open the practice to begin.");
      } else if (answer.ok) {
        var standing = readStanding(await answer.json());
        trouble("");
        tell(standing);
        show(standing);
      } else {
        throw new Error(String(answer.status));
      }
      wait = ASK_EVERY_MS;
    } catch {
      wait = Math.min(ASK_AT_MOST_MS, wait * 2);
      say("Not connected.");
      trouble("The practice server at " + place.server + " cannot be reached from here. Open the practice once: your " +
        "browser may have to be told to trust it. This page tries again by itself.");
    }
    clearTimeout(timer);
    if (!done) timer = setTimeout(ask, wait, key);
  }

  function openPractice(key) {
    // After #: a fragment is sent to no server and stands in no log.
    var words = new URLSearchParams({ code: place.code, key: key, name: learnersName() });
    window.open(place.server + "/lms#" + words.toString(), "_blank", "noopener");
    wait = ASK_EVERY_MS;
    ask(key);
  }

  function leave() {
    if (done) return;
    done = true;
    clearTimeout(timer);
    if (!platform) return;
    set("cmi.core.session_time", sessionTime());
    set("cmi.core.exit", get("cmi.core.lesson_status") === "incomplete" ? "suspend" : "");
    platform.LMSCommit("");
    platform.LMSFinish("");
  }

  function begin() {
    var found = findAdapter();
    if (found && String(found.LMSInitialize("")) === "true") platform = found;
    else trouble("No course was found around this page: you can practise, but nothing is reported.");
    var status = get("cmi.core.lesson_status");
    if (platform && (status === "" || status === "not attempted")) set("cmi.core.lesson_status", "incomplete");
    var key = learnersKey();
    if (platform) platform.LMSCommit("");
    document.getElementById("open").addEventListener("click", function () { openPractice(key); });
    window.addEventListener("focus", function () { if (!done) ask(key); });
    window.addEventListener("pagehide", leave);
    window.addEventListener("beforeunload", leave);
    ask(key);
  }

  begin();
})();
