// One call over the socket: sends sound and wishes, tells what comes, and comes back when the connection drops.
const TRIES = 8;

export class CallLine extends EventTarget {
  #socket = null;
  #seen = 0;
  #resume = "";
  #over = false;
  #tries = 0;

  constructor(query) {
    super();
    this.query = query;
  }

  open() {
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/call?${this.query}`;
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      const start = { type: "start", sample_rate: 16000 };
      socket.send(JSON.stringify(this.#resume ? { ...start, resume: this.#resume, seen: this.#seen } : start));
      if (this.#tries) this.#tell("back");
      this.#tries = 0;
    };
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#take(JSON.parse(data)) : this.#tell("sound", data));
    socket.onclose = (event) => this.#closed(event);
    this.#socket = socket;
  }

  #take(message) {
    this.#seen++;
    if (message.type === "call") this.#resume = message.resume;
    if (["call_ended", "failed", "full"].includes(message.type)) this.#over = true;
    this.#tell("message", message);
  }

  #closed({ code, reason }) {
    if (this.#over) return this.#tell("over");
    if (!this.#resume || code === 1008 || this.#tries >= TRIES) {
      this.#over = true;
      return this.#tell("lost", reason);
    }
    this.#tell("dropped");
    setTimeout(() => this.open(), Math.min(8000, 400 * 2 ** this.#tries++));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  sound(pcm) {
    // A line that stands still must not hoard minutes of sound.
    if (this.#socket?.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < 64000) this.#socket.send(pcm);
  }

  ask(type, more = {}) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type, ...more }));
  }

  hangUp() {
    this.ask("hang_up");
  }
}
