import JSON
import Testing

@testable import Server

/// The replies of a transaction, completed at its end.
@Suite struct TransactionRepliesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    /// The output before the transaction, the messages of the transaction (an id before a colon), and
    /// the beginning of a batch.
    let before: String
    let messages: [String]
    var rest = ""
    /// Ids that are cancelled after everything is written.
    var cancelled: [String] = []
    /// Offsets of the missing texts, counted from the first message.
    var missing: [Int] = []
    let lines: String
    let framed: String
    /// The number of bytes by which a partly answered batch moves.
    var shift = 0

    var testDescription: String { name }
  }

  static let rows = [
    Row(name: "nothing", before: "x", messages: [], lines: "x", framed: "x"),
    Row(
      name: "one", before: "", messages: ["{}"], lines: "{}\n",
      framed: "Content-Length: 2\r\n\r\n{}"),
    Row(
      name: "lengths are in bytes", before: "a\n", messages: ["é", "bc", ""],
      lines: "a\né\nbc\n\n",
      framed: "a\nContent-Length: 2\r\n\r\néContent-Length: 2\r\n\r\nbc"
        + "Content-Length: 0\r\n\r\n"),
    Row(
      name: "one is cancelled", before: "", messages: ["1:a", "2:b", "1:c"], cancelled: ["2"],
      lines: "1:a\n1:c\n", framed: "Content-Length: 3\r\n\r\n1:aContent-Length: 3\r\n\r\n1:c"),
    Row(
      name: "all of an id are cancelled, what answers none is not", before: "x\n",
      messages: ["1:a", "b", "1:c"], cancelled: ["1", "3"], lines: "x\nb\n",
      framed: "x\nContent-Length: 1\r\n\r\nb"),
    Row(
      name: "what is missing is put in, and counts", before: "", messages: ["[,]", "[]"],
      missing: [1, 2, 5], lines: "[true,true]\n[true]\n",
      framed: "Content-Length: 11\r\n\r\n[true,true]Content-Length: 6\r\n\r\n[true]"),
    Row(
      name: "what is missing in a cancelled one goes with it", before: "",
      messages: ["1:[]", "[]"],
      cancelled: ["1"], missing: [3, 6], lines: "[true]\n",
      framed: "Content-Length: 6\r\n\r\n[true]"),
    Row(
      name: "a batch that is answered in part moves", before: "x\n", messages: ["[]"],
      rest: "[1,", missing: [1, 5], lines: "x\n[true]\n[1true,", framed: "", shift: 4),
    Row(
      name: "a batch alone", before: "x\n", messages: [], rest: "[1,", missing: [2],
      lines: "x\n[1true,", framed: ""),
  ]

  @Test("Replies are completed at the end of their transaction", arguments: rows, [false, true])
  func finishes(row: Row, framed: Bool) {
    // Batches don't exist with headers.
    if framed, !row.rest.isEmpty { return }
    var out = ByteBuffer()
    out.append(text: row.before)
    let first = out.count
    var replies = TransactionReplies()
    replies.begin()
    for message in row.messages {
      let start = out.count
      out.append(text: message)
      let id = message.utf8.firstIndex(of: UInt8(ascii: ":")).map { colon in
        start..<(start + message.utf8.distance(from: message.startIndex, to: colon))
      }
      replies.end(from: start, answering: id, in: &out)
    }
    out.append(text: row.rest)
    for id in row.cancelled {
      Array(id.utf8).withUnsafeBufferPointer { replies.cancel($0, in: out) }
    }
    let shift = replies.finish(
      row.missing.map { (first + $0, "true") }, framed: framed, in: &out)
    #expect(out.string == (framed ? row.framed : row.lines))
    if !framed { #expect(shift == row.shift || row.rest.isEmpty) }
    // The transaction has no replies left.
    #expect(replies.finish([], framed: true, in: &out) == 0)
  }
}
