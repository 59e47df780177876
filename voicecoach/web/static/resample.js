// Sound from one rate to another, block after block: a windowed sinc, cut off below the lower of the two rates.
const HALF = 16; // zero crossings on each side
const PHASES = 128;

export class Resampler {
  constructor(from, to) {
    this.step = from / to;
    const cut = Math.min(1, to / from) * 0.92;
    this.half = Math.ceil(HALF / cut);
    this.taps = Array.from({ length: PHASES + 1 }, (_, phase) => this.#tap(phase / PHASES, cut));
    this.kept = new Float32Array(this.half); // silence before the first sample
    this.at = this.half;
  }

  #tap(shift, cut) {
    const tap = new Float32Array(2 * this.half);
    let sum = 0;
    for (let i = 0; i < tap.length; i++) {
      const x = i - this.half + 1 - shift;
      const window = Math.abs(x) >= this.half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / this.half);
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x);
      tap[i] = sinc * window;
      sum += tap[i];
    }
    return tap.map((value) => value / sum);
  }

  // Takes a block of samples and returns those that have become certain by it.
  push(block) {
    if (this.step === 1) return block;
    const all = new Float32Array(this.kept.length + block.length);
    all.set(this.kept);
    all.set(block, this.kept.length);
    const out = [];
    let at = this.at;
    for (; Math.floor(at) + this.half < all.length; at += this.step) {
      const whole = Math.floor(at);
      const tap = this.taps[Math.round((at - whole) * PHASES)];
      let sum = 0;
      for (let i = 0; i < tap.length; i++) sum += tap[i] * all[whole - this.half + 1 + i];
      out.push(sum);
    }
    const keep = Math.max(0, Math.floor(at) - this.half);
    this.kept = all.slice(keep);
    this.at = at - keep;
    return Float32Array.from(out);
  }
}
