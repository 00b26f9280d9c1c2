/// The quantity to measure.
enum Mode: String {
  case roundtrip
  case pipeline
  case spawn
  case latencies
  case pairs
}

/// The command line, parsed: `driver MODE [options] -- COMMAND [ARGUMENT ...]`. The mode `pairs`
/// takes a second command after another `--`.
struct Options {
  static let usage = """
    usage: driver roundtrip|pipeline|spawn|latencies --requests FILE [options] -- COMMAND ...
           driver pairs --requests FILE [options] -- COMMAND ... -- COMMAND ...
      --requests FILE      request lines, cycled when more are needed
      --prefill FILE       request lines sent before measuring; a measured line's @N@ is
                           replaced by the id in the reply to prefill line N
      --batches N          roundtrip: batches measured after one for warming (default 41)
      --batch-requests N   roundtrip: requests in a batch (default 500)
      --warm-requests N    pipeline: requests sent before the clock starts (default 200);
                           latencies: the same, of the file's first lines (default 0)
      --seconds N          pipeline: the longest that the measurement should take (default 4)
      --spawns N           spawn: how many, after one for warming (default 40)
      --cpu N              pin driver and command to this core
      --echo               the command answers with the request itself, as cat does

    """

  var mode: Mode
  var requestsPath = ""
  var prefillPath: String?
  var batches = 41
  var batchRequests = 500
  var warmRequests: Int?
  var seconds = 4
  var spawns = 40
  var cpu: Int?
  var isEcho = false
  var command: [String] = []
  var secondCommand: [String] = []

  /// Parses the arguments after the program's name.
  init(_ arguments: [String]) throws(Failure) {
    guard let word = arguments.first, let mode = Mode(rawValue: word) else {
      throw Failure(Options.usage)
    }
    self.mode = mode
    var rest = arguments.dropFirst()
    while let flag = rest.popFirst(), flag != "--" {
      try take(flag, from: &rest)
    }
    let commands = rest.split(separator: "--", maxSplits: mode == .pairs ? 1 : 0)
    command = commands.first.map(Array.init) ?? []
    if mode == .pairs { secondCommand = commands.last.map(Array.init) ?? [] }
    guard !command.isEmpty, !requestsPath.isEmpty else { throw Failure(Options.usage) }
  }

  private mutating func take(
    _ flag: String, from rest: inout ArraySlice<String>
  ) throws(Failure) {
    switch flag {
    case "--requests": requestsPath = try Options.word(flag, &rest)
    case "--prefill": prefillPath = try Options.word(flag, &rest)
    case "--batches": batches = try Options.count(flag, &rest, atLeast: 1)
    case "--batch-requests": batchRequests = try Options.count(flag, &rest, atLeast: 1)
    case "--warm-requests": warmRequests = try Options.count(flag, &rest, atLeast: 0)
    case "--seconds": seconds = try Options.count(flag, &rest, atLeast: 1)
    case "--spawns": spawns = try Options.count(flag, &rest, atLeast: 1)
    case "--cpu": cpu = try Options.count(flag, &rest, atLeast: 0)
    case "--echo": isEcho = true
    default: throw Failure("unknown option \(flag)\n\(Options.usage)")
    }
  }

  private static func word(
    _ flag: String, _ rest: inout ArraySlice<String>
  ) throws(Failure) -> String {
    guard let value = rest.popFirst() else { throw Failure("\(flag) needs a value") }
    return value
  }

  private static func count(
    _ flag: String, _ rest: inout ArraySlice<String>, atLeast least: Int
  ) throws(Failure) -> Int {
    let text = try word(flag, &rest)
    guard let value = Int(text), value >= least else {
      throw Failure("\(flag) needs a number of at least \(least), not \(text)")
    }
    return value
  }
}
