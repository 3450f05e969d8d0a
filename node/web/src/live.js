// What happens now, from the node's server-sent events. The browser connects again by itself and says what it saw last;
// after a failure that it gives up on we begin anew, with pauses that grow.

const names = ['block', 'round', 'settlement', 'gap'];
const pause_min = 1_000;
const pause_max = 30_000;

class Live extends EventTarget {
  state = 'connecting'; // or 'open', 'lost'
  #source = null;
  #pause = pause_min;

  start() {
    this.#source = new EventSource('/v1/events');
    this.#source.addEventListener('open', () => {
      this.#pause = pause_min;
      this.#become('open');
    });
    this.#source.addEventListener('error', () => {
      this.#become('lost');
      if (this.#source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.start(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, pause_max);
    });
    for (const name of names) {
      this.#source.addEventListener(name, (event) => {
        this.dispatchEvent(new CustomEvent(name, {detail: JSON.parse(event.data)}));
      });
    }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', {detail: state}));
  }

  /** Calls f(detail) for each event of a name; gives the function that ends it. */
  on(name, f) {
    const listener = (event) => f(event.detail);
    this.addEventListener(name, listener);
    return () => this.removeEventListener(name, listener);
  }
}

export const live = new Live();
