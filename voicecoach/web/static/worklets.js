// Runs in the audio thread: the microphone to 16 kHz frames of 20 ms, and the prospect's frames to the loudspeaker.
import { Resampler } from "./resample.js";

const WIRE_HZ = 16000;
const FRAME = 320;
const JITTER_S = 0.08; // sound that waits before it begins: a late packet then cuts no word

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, WIRE_HZ);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }

  process([input]) {
    if (!input || !input.length) return true;
    for (const sample of this.resampler.push(input[0])) {
      this.frame[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
        this.frame = new Int16Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.clear();
    this.port.onmessage = ({ data }) => (data === "clear" ? this.clear() : this.take(new Int16Array(data)));
  }

  clear() {
    this.resampler = new Resampler(WIRE_HZ, sampleRate);
    this.queue = [];
    this.waiting = 0;
    this.at = 0;
    this.playing = false;
  }

  take(pcm) {
    const block = this.resampler.push(Float32Array.from(pcm, (value) => value / 32768));
    if (!block.length) return;
    this.queue.push(block);
    this.waiting += block.length;
  }

  process(_, [output]) {
    const out = output[0];
    if (!this.playing && this.waiting < JITTER_S * sampleRate) {
      // The end of a line may be shorter than the buffer: it is played after as long a wait.
      this.idle = this.waiting ? (this.idle || 0) + out.length : 0;
      if (this.idle < JITTER_S * sampleRate) return true;
    }
    this.idle = 0;
    this.playing = this.waiting > 0;
    for (let i = 0; i < out.length && this.queue.length; i++) {
      out[i] = this.queue[0][this.at++];
      this.waiting--;
      if (this.at === this.queue[0].length) {
        this.queue.shift();
        this.at = 0;
      }
    }
    for (const other of output.slice(1)) other.set(out);
    return true;
  }
}

registerProcessor("capture", Capture);
registerProcessor("player", Player);
