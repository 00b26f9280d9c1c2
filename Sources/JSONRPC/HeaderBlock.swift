internal import Glibc

/// The header lines before a body, of which only the length of the body matters.
///
/// It is read from the start, so that the first of several errors is reported, no matter how the
/// bytes were split.
public enum HeaderBlock {
  /// The limit of a header in bytes, including its line ends.
  public static let headerBytesMax = 8 << 10

  enum Reading: Equatable {
    case incomplete
    case complete(byteCount: Int, contentLength: Int)
    case refused(HeaderProblem)
  }

  static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Reading {
    let head = UnsafeBufferPointer(rebasing: bytes.prefix(headerBytesMax))
    var contentLength: Int?
    var at = 0
    while let end = lineFeed(in: head, from: at) {
      let line = head[at..<(end > at && head[end - 1] == 0x0D ? end - 1 : end)]
      at = end + 1
      if line.isEmpty {
        guard let contentLength else { return .refused(.noLength) }
        return .complete(byteCount: at, contentLength: contentLength)
      }
      guard let field = HeaderField(line) else { return .refused(.notAHeader) }
      guard field.isContentLength else { continue }
      guard let length = field.number else { return .refused(.badLength) }
      if contentLength != nil { return .refused(.secondLength) }
      contentLength = length
    }
    // Refused before its line ends, because a client that sent something else may wait for a reply.
    if !HeaderField.canBegin(head[at...]) { return .refused(.notAHeader) }
    return head.count < headerBytesMax ? .incomplete : .refused(.tooLong)
  }

  private static func lineFeed(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let base = bytes.baseAddress, start < bytes.count,
      let found = memchr(base + start, 0x0A, bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
  }
}

/// One line of a header: a name, a colon, a value.
private struct HeaderField {
  typealias Text = Slice<UnsafeBufferPointer<UInt8>>

  private let name: Text
  private let value: Text

  init?(_ line: Text) {
    guard let colon = line.firstIndex(where: { !Self.isNameByte($0) }), colon > line.startIndex,
      line[colon] == UInt8(ascii: ":")
    else { return nil }
    name = line[..<colon]
    value = line[(colon + 1)...]
    if !value.allSatisfy(Self.isValueByte) { return nil }
  }

  /// Whether a valid header line can begin with these bytes.
  static func canBegin(_ line: Text) -> Bool {
    // The CR may belong to the line end; the next byte decides.
    let line = line.last == 0x0D ? line.dropLast() : line
    return line.allSatisfy(isNameByte) || HeaderField(line) != nil
  }

  var isContentLength: Bool {
    name.elementsEqual("content-length".utf8) { $0 | 0x20 == $1 }
  }

  /// nil unless the value is digits, with optional blanks around them.
  var number: Int? {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let digits = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    if digits.isEmpty { return nil }
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      let (tens, isTooMuch) = number.multipliedReportingOverflow(by: 10)
      let (sum, isOverflow) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if isTooMuch || isOverflow { return nil }
      number = sum
    }
    return number
  }

  /// Whether RFC 9110 allows the byte in a token.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  /// Control characters are refused, so that every reader sees the same lines.
  private static func isValueByte(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F || byte == 0x09
  }
}
