// The microphone and the loudspeaker of this tab, at 16 kHz where the browser has it, else resampled in the worklets.
const WISH = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class Sound {
  #context = null;
  #player = null;
  #stream = null;
  onframe = () => {}; // gets an ArrayBuffer: 20 ms, 16 kHz, signed 16-bit

  // Opens the loudspeaker and, if wanted, the microphone; throws what getUserMedia throws.
  async open(microphone = true) {
    if (microphone && !this.#stream) {
      if (!navigator.mediaDevices) throw new DOMException("only over HTTPS or on this machine", "SecurityError");
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: WISH });
    }
    if (!this.#context) await this.#start();
    await this.#context.resume();
  }

  async #start() {
    try {
      await this.#connect(new AudioContext({ sampleRate: 16000, latencyHint: "interactive" }));
    } catch {
      // Safari and Firefox may refuse a microphone in a context of another rate: the worklets resample then.
      await this.#connect(new AudioContext({ latencyHint: "interactive" }));
    }
  }

  async #connect(context) {
    try {
      await context.audioWorklet.addModule("/static/worklets.js");
      if (this.#stream) {
        const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
        capture.port.onmessage = ({ data }) => this.onframe(data);
        context.createMediaStreamSource(this.#stream).connect(capture);
      }
      this.#player = new AudioWorkletNode(context, "player", { numberOfInputs: 0, outputChannelCount: [1] });
      this.#player.connect(context.destination);
      this.#context = context;
    } catch (error) {
      context.close();
      throw error;
    }
  }

  get rate() {
    return this.#context?.sampleRate;
  }

  get listens() {
    return Boolean(this.#stream);
  }

  play(pcm) {
    this.#player?.port.postMessage(pcm, [pcm]);
  }

  clear() {
    this.#player?.port.postMessage("clear");
  }

  async close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    await this.#context?.close();
    this.#context = this.#player = this.#stream = null;
  }
}

// How loud a frame is, 0 to 1, as an ear counts: -60 dB is 0, full scale is 1.
export function loudness(pcm) {
  const samples = new Int16Array(pcm);
  let sum = 0;
  for (const value of samples) sum += value * value;
  const db = 20 * Math.log10(Math.sqrt(sum / samples.length) / 32768 + 1e-6);
  return Math.max(0, Math.min(1, 1 + db / 60));
}
