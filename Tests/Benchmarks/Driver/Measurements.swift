import Glibc

/// The longest wait for the command to read or write while pipelining.
let silenceMillisecondsMax: Int32 = 60_000

/// A batch whose share of work is at least this had the core for itself.
let quietShareMin = 0.97

/// One command, the requests for it, and the ways to measure it.
struct Bench {
  let options: Options
  let requests: Requests
  let prefill: Requests?

  init(_ options: Options) throws(Failure) {
    self.options = options
    requests = try Requests(try readFile(options.requestsPath))
    if let path = options.prefillPath {
      prefill = try Requests(try readFile(path))
    } else {
      prefill = nil
    }
  }

  /// Measures in the mode of the options; returns one line of JSON.
  func run() throws(Failure) -> String {
    switch options.mode {
    case .roundtrip: try roundTrips()
    case .pipeline: try pipelined()
    case .spawn: try spawns()
    case .latencies: try latencies()
    case .pairs: try pairs()
    }
  }

  /// Median nanoseconds of a request that waits for its reply, over batches.
  ///
  /// Batches that other programs disturbed are left out if at least a third of all remain.
  private func roundTrips() throws(Failure) -> String {
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    var sent = 0
    var batches: [(nanoseconds: Double, share: Double)] = []
    for batch in 0...options.batches {
      let watch = try Stopwatch(for: child)
      for _ in 0..<options.batchRequests {
        try exchange(requests, sent, with: child, &replies)
        sent += 1
      }
      if batch > 0 { batches.append(watch.lap()) }
    }
    try child.finish()
    let quiet = batches.filter { $0.share >= quietShareMin }
    let counted = quiet.count >= (batches.count + 2) / 3 ? quiet : batches
    let times = counted.map { $0.nanoseconds / Double(options.batchRequests) }
    return """
      {"nanoseconds": \(median(times)), "batches": \(times.count), \
      "fastest": \(times.min() ?? 0), "slowest": \(times.max() ?? 0), \
      "share": \(median(counted.map(\.share)))}
      """
  }

  /// Requests per second without waiting for replies: the file's lines once, after some for warming
  /// up, and only as many as fit into the allowed time at the pace of the warm-up.
  private func pipelined() throws(Failure) -> String {
    guard self.requests.lines.count > 1 else { throw Failure("pipeline needs two lines") }
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    let warm = min(options.warmRequests ?? 200, requests.lines.count - 1)
    var watch = try Stopwatch(for: child)
    try pump(requests, lines: 0..<warm, through: child, &replies)
    let pace = Double(warm) * 1e9 / watch.lap().nanoseconds
    let fitting = max(Double(warm), Double(options.seconds) * pace)
    let count = Int(min(Double(requests.lines.count - warm), fitting))
    watch = try Stopwatch(for: child)
    try pump(requests, lines: warm..<warm + count, through: child, &replies)
    let lap = watch.lap()
    try child.finish()
    return """
      {"per_second": \(Double(count) * 1e9 / lap.nanoseconds), "requests": \(count), \
      "share": \(lap.share)}
      """
  }

  /// Median microseconds from before the spawn to the first whole reply.
  private func spawns() throws(Failure) -> String {
    var times: [Double] = []
    for spawn in 0...options.spawns {
      let begin = nanoseconds(CLOCK_MONOTONIC)
      let child = try Child.spawn(options.command)
      var replies = Replies(isEcho: options.isEcho)
      try exchange(requests, 0, with: child, &replies)
      let took = Double(nanoseconds(CLOCK_MONOTONIC) - begin) / 1e3
      if spawn > 0 { times.append(took) }
      try child.finish()
    }
    return """
      {"microseconds": \(median(times)), "fastest": \(times.min() ?? 0), \
      "slowest": \(times.max() ?? 0)}
      """
  }

  /// The microseconds of each of the file's requests, sent one by one and each once, and the
  /// command's memory after them.
  private func latencies() throws(Failure) -> String {
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    let warm = options.warmRequests ?? 0
    var times: [Double] = []
    for index in requests.lines.indices {
      let took = try time(requests, index, with: child, &replies)
      if index >= warm { times.append(took) }
    }
    let memory = try child.memory()
    try child.finish()
    return """
      {"microseconds": \(times), "peak_kib": \(memory.peakKiB), "own_kib": \(memory.ownKiB)}
      """
  }

  /// The microseconds of each request with the first command, and with the second.
  ///
  /// Both run all the time and get the same requests; which one comes first alternates. A first
  /// round over all requests warms up.
  private func pairs() throws(Failure) -> String {
    let children = [
      try Child.spawn(options.command), try Child.spawn(options.secondCommand),
    ]
    var replies = [Replies(isEcho: false), Replies(isEcho: false)]
    var times: [[Double]] = [[], []]
    for turn in 0..<2 * requests.lines.count {
      for side in turn % 2 == 0 ? [0, 1] : [1, 0] {
        let took = try time(requests, turn, with: children[side], &replies[side])
        if turn >= requests.lines.count { times[side].append(took) }
      }
    }
    for child in children { try child.finish() }
    return "{\"first\": \(times[0]), \"second\": \(times[1])}"
  }

  /// Spawns the command and sends the prefill if there is one; the requests then name its ids.
  private func start() throws(Failure) -> (Child, Requests) {
    let child = try Child.spawn(options.command)
    guard let prefill else { return (child, requests) }
    var replies = Replies(isEcho: options.isEcho, keepsIDs: true)
    try pump(prefill, lines: 0..<prefill.lines.count, through: child, &replies)
    return (child, try requests.filled(with: replies.ids))
  }

  /// The microseconds from before a request is written to the end of its reply.
  private func time(
    _ requests: Requests, _ index: Int, with child: Child, _ replies: inout Replies
  ) throws(Failure) -> Double {
    let begin = nanoseconds(CLOCK_MONOTONIC)
    try exchange(requests, index, with: child, &replies)
    return Double(nanoseconds(CLOCK_MONOTONIC) - begin) / 1e3
  }

  /// Writes one request and reads its reply, both blocking.
  private func exchange(
    _ requests: Requests, _ index: Int, with child: Child, _ replies: inout Replies
  ) throws(Failure) {
    let line = requests.lines[index % requests.lines.count]
    let written = requests.bytes.withUnsafeBytes { bytes in
      write(child.input, bytes.baseAddress! + line.lowerBound, line.count)
    }
    guard written == line.count else { throw .system("write") }
    try replies.take(until: replies.count + 1, from: child.output)
  }

  /// Writes lines as fast as the pipe accepts them, and reads all replies meanwhile.
  private func pump(
    _ requests: Requests, lines: Range<Int>, through child: Child, _ replies: inout Replies
  ) throws(Failure) {
    try child.setNonBlocking(true)
    var next = requests.lines[lines.lowerBound].lowerBound
    let end = requests.lines[lines.upperBound - 1].upperBound
    let total = replies.count + lines.count
    while replies.count < total {
      try waitForPipes(child, isWriting: next < end)
      next += try writeSome(requests, next..<end, to: child.input)
      while replies.count < total, try replies.readOnce(from: child.output) {}
    }
    try child.setNonBlocking(false)
  }

  private func waitForPipes(_ child: Child, isWriting: Bool) throws(Failure) {
    var ends = [pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)]
    if isWriting {
      ends.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0))
    }
    let ready = poll(&ends, nfds_t(ends.count), silenceMillisecondsMax)
    guard ready > 0 else { throw Failure("no reply in \(silenceMillisecondsMax) ms") }
  }

  /// Writes as much as the pipe accepts now; returns the number of bytes, 0 when it is full.
  private func writeSome(
    _ requests: Requests, _ range: Range<Int>, to input: Int32
  ) throws(Failure) -> Int {
    guard !range.isEmpty else { return 0 }
    let written = requests.bytes.withUnsafeBytes { bytes in
      write(input, bytes.baseAddress! + range.lowerBound, range.count)
    }
    if written < 0, errno == EAGAIN { return 0 }
    guard written >= 0 else { throw .system("write") }
    return written
  }
}
