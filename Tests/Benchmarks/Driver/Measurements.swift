import Glibc

/// The longest wait for a sign of life from the command while pipelining.
let silenceMillisecondsMax: Int32 = 60_000

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

  /// Measures as the mode says; the answer is one line of JSON.
  func run() throws(Failure) -> String {
    switch options.mode {
    case .roundtrip: try roundTrips()
    case .pipeline: try pipelined()
    case .spawn: try spawns()
    case .rss: try peakMemory()
    }
  }

  /// Median nanoseconds of a request that waits for its reply, over batches.
  private func roundTrips() throws(Failure) -> String {
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    var sent = 0
    var batches: [Double] = []
    for batch in 0...options.batches {
      let begin = nanosecondsNow()
      for _ in 0..<options.batchRequests {
        try exchange(requests, sent, with: child, &replies)
        sent += 1
      }
      let took = Double(nanosecondsNow() - begin) / Double(options.batchRequests)
      if batch > 0 { batches.append(took) }
    }
    try child.finish()
    return """
      {"nanoseconds": \(median(batches)), "fastest": \(batches.min() ?? 0), \
      "slowest": \(batches.max() ?? 0)}
      """
  }

  /// Requests a second when nobody waits: all of the file's lines once, after some for warming.
  private func pipelined() throws(Failure) -> String {
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    let warm = min(options.warmRequests, requests.lines.count - 1)
    try pump(requests, lines: 0..<warm, through: child, &replies)
    let begin = nanosecondsNow()
    try pump(requests, lines: warm..<requests.lines.count, through: child, &replies)
    let seconds = Double(nanosecondsNow() - begin) / 1e9
    try child.finish()
    let count = requests.lines.count - warm
    return "{\"per_second\": \(Double(count) / seconds), \"requests\": \(count)}"
  }

  /// Median microseconds from before the spawn to the first whole reply.
  private func spawns() throws(Failure) -> String {
    var times: [Double] = []
    for spawn in 0...options.spawns {
      let begin = nanosecondsNow()
      let child = try Child.spawn(options.command)
      var replies = Replies(isEcho: options.isEcho)
      try exchange(requests, 0, with: child, &replies)
      let took = Double(nanosecondsNow() - begin) / 1e3
      if spawn > 0 { times.append(took) }
      try child.finish()
    }
    return """
      {"microseconds": \(median(times)), "fastest": \(times.min() ?? 0), \
      "slowest": \(times.max() ?? 0)}
      """
  }

  /// Peak resident KiB after each of the file's requests was answered, one by one.
  private func peakMemory() throws(Failure) -> String {
    let (child, requests) = try start()
    var replies = Replies(isEcho: options.isEcho)
    for index in requests.lines.indices {
      try exchange(requests, index, with: child, &replies)
    }
    let peak = try child.peakResidentKiB()
    let waited = try child.finish()
    return "{\"kib\": \(peak), \"wait4_kib\": \(waited)}"
  }

  /// Spawns the command and, where asked, fills it; the requests then name what it holds.
  private func start() throws(Failure) -> (Child, Requests) {
    let child = try Child.spawn(options.command)
    guard let prefill else { return (child, requests) }
    var replies = Replies(isEcho: options.isEcho, keepsIDs: true)
    try pump(prefill, lines: 0..<prefill.lines.count, through: child, &replies)
    return (child, try requests.filled(with: replies.ids))
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

  /// Writes lines as fast as the pipe takes them while reading all that comes back.
  private func pump(
    _ requests: Requests, lines: Range<Int>, through child: Child, _ replies: inout Replies
  ) throws(Failure) {
    guard !lines.isEmpty else { return }
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

  /// Writes what the pipe takes now; the number of bytes, 0 when it is full.
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
