internal import Foundation

/// Plays a transcript against real processes.
public struct TranscriptRunner {
  public enum Store: String, CaseIterable, Sendable { case memory, file, postgres }

  /// How the input arrives.
  public enum Pace: String, CaseIterable, Sendable {
    /// All lines up to the next reply at once.
    case atOnce
    /// One byte in each write.
    case byteByByte
  }

  /// How messages are framed.
  public enum Framing: String, CaseIterable, Sendable { case lines, contentLength }

  /// The owner of the store at the start.
  private static let owner = "ada@example.com"
  /// Longer texts are not sent byte by byte: that takes long and proves nothing new.
  private static let dripBytesMax = 8192
  private static let policy = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "examples/policy.json").path(percentEncoded: false)

  private let transcript: Transcript
  private let pace: Pace
  /// Set if messages have headers.
  private var client: HeaderClient?
  private let folder: TemporaryFolder
  /// The texts that `{name}` stands for.
  private var places = ["policy": policy]
  private var bindings = Bindings()
  private var server: RosterProcess?
  /// All bytes that were sent so far, and the lines that were received.
  public private(set) var sent: [UInt8] = []
  public private(set) var received: [String] = []

  public init(
    _ transcript: Transcript, store: Store, pace: Pace, framing: Framing = .lines
  ) throws {
    self.transcript = transcript
    self.pace = pace
    client = framing == .contentLength ? HeaderClient() : nil
    folder = try TemporaryFolder()
    switch store {
    case .memory: places["store"] = "memory"
    case .file: try make("file:" + folder.file("users.db"))
    case .postgres: try make(TestServer.newStore())
    }
  }

  private mutating func make(_ store: String) throws {
    places["store"] = store
    let made = try roster("init", "--store", store, "--owner", Self.owner)
    guard made.status == .exited(0) else { throw TestFailure("init: \(made.errors)") }
  }

  /// Throws at the first line that does not match the transcript.
  public mutating func run() throws {
    for (at, (line, step)) in transcript.steps.enumerated() {
      do {
        if case .expect(let pattern)? = transcript.steps.dropFirst(at + 1).first?.step {
          client?.expected = pattern
        } else {
          client?.expected = nil
        }
        try run(step)
      } catch {
        throw TestFailure("\(transcript.name).txt:\(line): \(error)")
      }
    }
    try finish()
  }

  private mutating func run(_ step: Transcript.Step) throws {
    switch step {
    case .define(let name, let text): bindings[name] = text
    case .keep(let name, let text): places[name] = try keep(filled(text), in: name)
    case .command(let words): try command(words)
    case .start(let words):
      try finish()
      server = try RosterProcess(try filled(words))
    case .send(let text, let hasLineFeed):
      let bytes = try bindings.bytes(of: text) + (hasLineFeed ? [0x0A] : [])
      sent += bytes
      try send(bytes)
    case .expect(let pattern):
      if client?.isSkipped() ?? false { return }
      guard let line = try receive() else {
        throw TestFailure("the server ended\nexpected: \(pattern)\n\(try running().errorText)")
      }
      received.append(line)
      guard bindings.accept(line, expecting: pattern) else {
        throw TestFailure("\nexpected: \(pattern)\nreceived: \(line)")
      }
    case .close:
      try sendRest()
      try running().closeInput()
    }
  }

  private func running() throws -> RosterProcess {
    guard let server else { throw TestFailure("no server was started") }
    return server
  }

  private func filled(_ text: String) throws -> String {
    let text = places.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    let filled = String(decoding: try bindings.bytes(of: text), as: UTF8.self)
    // A value from a reply still has its quotes.
    return filled.hasPrefix("\"") ? String(filled.dropFirst().dropLast()) : filled
  }

  private func filled(_ words: [String]) throws -> [String] {
    try words.map { word in try filled(word) }
  }

  private func keep(_ text: String, in name: String) throws -> String {
    let path = try folder.write(name, text + "\n")
    guard chmod(path, 0o600) == 0 else { throw TestFailure("chmod \(path)") }
    return path
  }

  private func command(_ words: [String]) throws {
    let result = try roster(try filled(words))
    guard result.status == .exited(0) else { throw TestFailure(result.errors) }
  }

  private mutating func send(_ bytes: [UInt8]) throws {
    if client == nil { return try write(bytes) }
    for line in client?.lines(bytes) ?? [] { try send(line: line) }
  }

  /// Sends a last line without a line feed.
  private mutating func sendRest() throws {
    if let line = client?.rest() { try send(line: line) }
  }

  private mutating func send(line: [UInt8]) throws {
    let server = try running()
    try write(HeaderClient.message(line))
    guard let batch = HeaderClient.entries(of: line) else { return }
    // Batches don't exist with headers: the entries are sent as single messages.
    guard let refusal = try server.readMessage(), HeaderClient.isNoBatch(refusal) else {
      throw TestFailure("a batch was not refused")
    }
    guard client?.wantsEntries(of: batch) ?? false else { return }
    try write((batch + [HeaderClient.mark]).flatMap(HeaderClient.message))
    while let reply = try server.readMessage(), client?.isCollected(reply) ?? false {}
  }

  private mutating func receive() throws -> String? {
    if client == nil { return try running().readLine() }
    return try client?.collected() ?? running().readMessage()
  }

  private func write(_ bytes: [UInt8]) throws {
    guard pace == .byteByByte, bytes.count <= Self.dripBytesMax else {
      return try running().write(bytes)
    }
    for byte in bytes { try running().write([byte]) }
  }

  /// Closes the server, which must send nothing more and exit with 0.
  private mutating func finish() throws {
    guard let server else { return }
    try sendRest()
    self.server = nil
    server.closeInput()
    if let more = try client == nil ? server.readLine() : server.readMessage() {
      throw TestFailure("more came than expected: \(more)")
    }
    let status = try server.waitForExit()
    guard status == .exited(0) else { throw TestFailure("\(status): \(server.errorText)") }
  }
}
