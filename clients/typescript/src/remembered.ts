/** Holds the most recently used so many. */
export class Remembered<V> {
  readonly #most: number;
  readonly #entries = new Map<string, V>();
  #life = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** Keeps what was asked for in a life; nothing when everything was forgotten meanwhile. */
  set(key: string, value: V, life = this.#life): void {
    if (life !== this.#life) {
      return;
    }
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  /** How often everything was forgotten. */
  get life(): number {
    return this.#life;
  }

  clear(): void {
    this.#life += 1;
    this.#entries.clear();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
