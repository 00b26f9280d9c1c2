import Glibc

/// A lean load driver: it spawns a line-based server, measures it and writes one line of JSON.
///
/// Native and without Foundation, so that its own share of a round trip stays under 100 ns.
@main
enum Driver {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do throws(Failure) {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      if let core = options.cpu { try pin(toCore: core) }
      say(try Bench(options).run() + "\n", to: 1)
    } catch {
      say("driver: \(error.message)\n", to: 2)
      exit(1)
    }
  }
}
