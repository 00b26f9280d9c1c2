extension TypeScriptClient {
  static let events = """
    /** Events that no reader has taken yet, and readers that wait for one. */
    class EventQueue implements AsyncIterableIterator<Event> {
      private readonly events: Event[] = [];
      private readonly readers: Array<{
        resolve(result: IteratorResult<Event>): void;
        reject(error: Error): void;
      }> = [];
      private readonly leave: () => void;
      isFinished = false;
      private error: Error | null = null;

      constructor(leave: () => void) {
        this.leave = leave;
      }

      push(event: Event): void {
        if (this.isFinished) return;
        const reader = this.readers.shift();
        if (reader) reader.resolve({ value: event, done: false });
        else this.events.push(event);
      }

      /** Ends the events, after those that were received. */
      finish(error?: Error): void {
        if (this.isFinished) return;
        this.isFinished = true;
        const first = this.readers.shift();
        if (first && error) first.reject(error);
        else if (first) first.resolve({ value: undefined, done: true });
        else this.error = error || null;
        this.readers.forEach((reader) => reader.resolve({ value: undefined, done: true }));
        this.readers.length = 0;
      }

      next(): Promise<IteratorResult<Event>> {
        const event = this.events.shift();
        if (event) return Promise.resolve({ value: event, done: false });
        if (this.error) {
          const error = this.error;
          this.error = null;
          return Promise.reject(error);
        }
        if (this.isFinished) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
      }

      /** Ends the subscription. `for await` calls it when the loop is left. */
      return(): Promise<IteratorResult<Event>> {
        this.finish();
        this.events.length = 0;
        this.leave();
        return Promise.resolve({ value: undefined, done: true });
      }

      [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
        return this;
      }
    }
    """
}
