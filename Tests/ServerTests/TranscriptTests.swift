import Foundation
import TestSupport
import Testing

/// Plays every `Transcripts/*.txt` and `examples/references/*.txt` against a real process.
@Suite struct TranscriptTests {
  static let transcripts = ["Tests/ServerTests/Transcripts", "examples/references"].flatMap {
    folder in
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    do { return try Transcript.all(in: root.appending(path: folder)) } catch {
      preconditionFailure("\(error)")
    }
  }

  @Test("A transcript plays as written, on a file store", arguments: transcripts)
  func onAFileStore(_ transcript: Transcript) throws {
    try play(transcript, .file, .atOnce)
  }

  @Test("A transcript plays as written, on a database server", arguments: transcripts)
  func onAServer(_ transcript: Transcript) throws {
    try play(transcript, .postgres, .atOnce)
  }

  @Test(
    "A transcript plays as written, on a memory store, until it needs a second process",
    arguments: transcripts.compactMap(\.ofOneProcess))
  func onAMemoryStore(_ transcript: Transcript) throws {
    try play(transcript, .memory, .atOnce)
  }

  @Test("A transcript plays as written, fed a byte at a time", arguments: transcripts)
  func aByteAtATime(_ transcript: Transcript) throws {
    try play(transcript, transcript.needsNoFile ? .memory : .file, .byteByByte)
  }

  @Test("A transcript plays as written, with a header before each message", arguments: transcripts)
  func withHeaders(_ transcript: Transcript) throws {
    try play(transcript, transcript.needsNoFile ? .memory : .file, .atOnce, .contentLength)
  }

  @Test(
    "A wire transcript plays as written, with headers, fed a byte at a time",
    arguments: transcripts.filter { $0.name.hasPrefix("wire_") })
  func withHeadersAByteAtATime(_ transcript: Transcript) throws {
    try play(transcript, .memory, .byteByByte, .contentLength)
  }

  @Test func thereAreTranscripts() { #expect(Self.transcripts.count > 10) }

  private func play(
    _ transcript: Transcript, _ store: TranscriptRunner.Store, _ pace: TranscriptRunner.Pace,
    _ framing: TranscriptRunner.Framing = .lines
  ) throws {
    var runner = try TranscriptRunner(transcript, store: store, pace: pace, framing: framing)
    try runner.run()
    if framing == .lines {
      #expect(ToldErrors.missing(sent: runner.sent, received: runner.received) == [])
    }
  }
}
