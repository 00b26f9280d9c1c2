internal import Contract

// The part of the client that does not depend on the catalogue. It is written so that the compiler
// accepts it for every target: no generators, accessors or private names.
extension TypeScriptClient {
  static func header(_ version: String) -> String {
    """
    // A client for Roster \(version), made by: roster types typescript
    //
    //     const roster = await Roster.start({ args: ["--as", "ada@acme.example"] });
    //     const page = await roster.users.list({ org_id: "acme" });
    //     await roster.close();

    /// <reference lib="es2018" />

    /** A JSON object whose content Roster does not define. */
    export type JSONObject = { [name: string]: unknown };

    """
  }

  static let errors = """
    /** A value in the params that is not valid. */
    export interface InvalidValue {
      /** JSON pointer into the params; empty for the params as a whole. */
      pointer: string;
      message: string;
    }

    /** What an error reply says besides its code and its message. */
    export interface ErrorData {
      kind: ErrorKind;
      reason?: string;
      hint?: string;
      retryable?: boolean;
      errors?: InvalidValue[];
      retry_after_seconds?: number;
      [name: string]: unknown;
    }

    interface ErrorObject {
      code: number;
      message: string;
      data: ErrorData;
    }

    /** An error reply. `kind` and `reason` are for programs, `message` and `hint` for people. */
    export class RosterError extends Error {
      readonly code: number;
      readonly kind: ErrorKind;
      /** The exact cause, if there is a word for it. */
      readonly reason: string | null;
      /** What to do. */
      readonly hint: string;
      /** Whether the same call may succeed later. */
      readonly retryable: boolean;
      /** Every value that is not valid. */
      readonly errors: InvalidValue[];
      readonly retryAfterSeconds: number | null;
      readonly data: ErrorData;

      constructor(error: ErrorObject) {
        super(error.message);
        Object.setPrototypeOf(this, RosterError.prototype);
        const data = error.data;
        this.name = "RosterError";
        this.code = error.code;
        this.data = data;
        this.kind = data.kind;
        this.reason = data.reason || null;
        this.hint = data.hint || "";
        this.retryable = data.retryable === true;
        this.errors = data.errors || [];
        this.retryAfterSeconds =
          data.retry_after_seconds === undefined ? null : data.retry_after_seconds;
      }
    }

    /** The process has ended, so that it answers no call any more. */
    export class RosterEnded extends Error {
      /** The exit status; null after a signal, or if the program could not be started. */
      readonly status: number | null;

      constructor(message: string, status: number | null) {
        super(message);
        Object.setPrototypeOf(this, RosterEnded.prototype);
        this.name = "RosterEnded";
        this.status = status;
      }
    }

    /** The feed was replaced, for example by a restore: read the accounts again. */
    export class SubscriptionEnded extends Error {
      /** The id of the new feed. */
      readonly feedID: string;

      constructor(feedID: string) {
        super("The subscription has ended, because the feed was replaced.");
        Object.setPrototypeOf(this, SubscriptionEnded.prototype);
        this.name = "SubscriptionEnded";
        this.feedID = feedID;
      }
    }

    """

  static let node = """
    /** Calls a method by its name. */
    interface Caller {
      call<M extends keyof Methods>(
        method: M,
        params?: Methods[M]["params"],
      ): Promise<Methods[M]["result"]>;
    }

    // The declarations of Node that the class below needs.
    interface ChildProcess {
      stdin: {
        write(text: string): boolean;
        end(): void;
        on(event: "error", listener: (error: Error) => void): void;
      };
      stdout: {
        setEncoding(encoding: "utf8"): void;
        on(event: "data", listener: (text: string) => void): void;
      };
      on(event: "error", listener: (error: Error) => void): void;
      on(event: "close", listener: (status: number | null) => void): void;
    }

    interface ChildProcessModule {
      spawn(program: string, args: string[], options: object): ChildProcess;
    }

    export interface RosterOptions {
      /** Options of `roster serve`, such as ["--as", "ada@acme.example"]. */
      args?: string[];
      /** The program; `roster` of PATH by default. */
      program?: string;
      /** The working folder of the process. */
      cwd?: string;
      /** The environment of the process; this process's own by default. */
      env?: { [name: string]: string | undefined };
    }

    """

  static func process(_ namespaces: [String]) -> String {
    let fields = namespaces.map {
      "  readonly \($0) = new \(NamedSchemas.typeName(of: $0))Methods(this);\n"
    }
    return processHead + fields.joined() + processBody
  }

  private static let processHead = """
    interface Reply {
      id?: number;
      result?: unknown;
      error?: ErrorObject;
      method?: string;
      params?: unknown;
    }

    interface Waiting {
      resolve(result: unknown): void;
      reject(error: Error): void;
    }

    /** A `roster serve` process. Calls need not wait for each other. */
    export class Roster implements Caller {

    """

  private static let processBody = """
      private readonly child: ChildProcess;
      private readonly waiting = new Map<number, Waiting>();
      private readonly ended: Promise<number | null>;
      private lastID = 0;
      private subscribing = 0;
      private isClosing = false;
      private rest = "";
      private end: RosterEnded | null = null;
      private feed: EventQueue | null = null;

      private constructor(child: ChildProcess) {
        this.child = child;
        child.stdout.setEncoding("utf8");
        child.stdout.on("data", (text) => this.read(text));
        // Writing to a process that has ended fails; "close" reports the reason.
        child.stdin.on("error", () => undefined);
        this.ended = new Promise((resolve) => {
          child.on("error", (error) => {
            this.fail(new RosterEnded("roster can't be started: " + error.message, null));
            resolve(null);
          });
          child.on("close", (status) => {
            this.fail(new RosterEnded("roster ended with status " + status, status));
            resolve(status);
          });
        });
      }

      /** Starts a process. Rejects with `RosterEnded` if it can't serve. */
      static async start(options: RosterOptions = {}): Promise<Roster> {
        const name: string = "child_process";
        const { spawn } = (await import(name)) as ChildProcessModule;
        const child = spawn(options.program || "roster", ["serve"].concat(options.args || []), {
          cwd: options.cwd,
          env: options.env,
          stdio: ["pipe", "pipe", "inherit"],
        });
        const roster = new Roster(child);
        await roster.call("server.info", {});
        return roster;
      }

      /** Calls a method by its name. Rejects with a `RosterError` if it is refused. */
      call<M extends keyof Methods>(
        method: M,
        params?: Methods[M]["params"],
      ): Promise<Methods[M]["result"]> {
        return this.send(method, params || {}, () => undefined);
      }

      private send(method: string, params: object, onResult: () => void): Promise<any> {
        return new Promise((resolve, reject) => {
          if (this.end) throw this.end;
          if (this.isClosing) throw new RosterEnded("the client was closed", null);
          const id = this.lastID + 1;
          const line = JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\\n";
          this.lastID = id;
          const settle = (result: unknown) => {
            onResult();
            resolve(result);
          };
          this.waiting.set(id, { resolve: settle, reject });
          this.child.stdin.write(line);
        });
      }

      /**
       * The events from now on, or after `after`. A process has one subscription: another call ends
       * the iterator of the one before.
       */
      events(params: UsersSubscribeParams = {}): AsyncIterableIterator<Event> {
        const feed: EventQueue = new EventQueue(() => this.leave(feed));
        // Events after the reply belong to this subscription, and those before do not.
        this.subscribing++;
        const done = () => {
          this.subscribing--;
        };
        this.send("users.subscribe", params, () => {
          if (this.feed) this.feed.finish();
          this.feed = feed;
          if (feed.isFinished) this.leave(feed);
        }).then(done, (error) => {
          done();
          feed.finish(error);
        });
        return feed;
      }

      /** Lets the process answer what it was sent. Resolves to its exit status. */
      close(): Promise<number | null> {
        this.isClosing = true;
        this.child.stdin.end();
        return this.ended;
      }

      private leave(feed: EventQueue): void {
        if (this.feed !== feed) return;
        this.feed = null;
        if (!this.subscribing) this.call("users.unsubscribe", {}).catch(() => undefined);
      }

      private read(text: string): void {
        const lines = (this.rest + text).split("\\n");
        this.rest = lines.pop() || "";
        lines.forEach((line) => this.receive(JSON.parse(line) as Reply));
      }

      private receive(reply: Reply): void {
        // The error of a request that the server could not read has no id. Replies come in order.
        const id = reply.error && !reply.id ? this.waiting.keys().next().value : reply.id;
        if (id === undefined || id === null) return this.notice(reply);
        const waiting = this.waiting.get(id);
        if (!waiting) return;
        this.waiting.delete(id);
        if (reply.error) waiting.reject(new RosterError(reply.error));
        else waiting.resolve(reply.result);
      }

      private notice(reply: Reply): void {
        if (!this.feed) return;
        if (reply.method === "users.event") this.feed.push(reply.params as Event);
        if (reply.method === "users.subscription_ended") {
          const feed = this.feed;
          this.feed = null;
          feed.finish(new SubscriptionEnded((reply.params as { feed_id: string }).feed_id));
        }
      }

      private fail(end: RosterEnded): void {
        if (!this.end) this.end = end;
        const reason = this.end;
        this.waiting.forEach((waiting) => waiting.reject(reason));
        this.waiting.clear();
        if (this.feed) this.feed.finish(reason.status === 0 ? undefined : reason);
      }
    }

    """
}
