import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy that can cut connections, refuse new ones, and swallow what comes without a word. */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number;
  #isRefusing = false;
  #isSilent = false;
  /** How many connections it took. */
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => {
      this.#take(near);
    });
  }

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where new connections lead. */
  lead(target: number): void {
    this.#target = target;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
    this.#sockets.clear();
  }

  /** Whether new connections are reset. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  /** Whether what the server sends is swallowed, while connections stay open. They break in the end: nobody could make sense of what follows. */
  silence(isSilent: boolean): void {
    this.#isSilent = isSilent;
    if (!isSilent) {
      this.cut();
    }
  }

  async end(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(near: Socket): void {
    this.connections += 1;
    if (this.#isRefusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (piece) => {
        if (!(this.#isSilent && from === far)) {
          to.write(piece);
        }
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
