/// A text for people at a terminal. Values inserted with `\( )` may come from a file, an argument
/// or a store, so their control characters are escaped and never reach the terminal.
public struct Notice: ExpressibleByStringInterpolation, Sendable {
  public let text: String

  public init(stringLiteral value: String) { text = value }
  public init(stringInterpolation parts: Parts) { text = parts.text }

  private init(text: String) { self.text = text }

  public struct Parts: StringInterpolationProtocol {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) { text += literal }

    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text += value.description.showingControls()
    }

    public mutating func appendInterpolation(_ error: any Error) {
      text += "\(error)".showingControls()
    }

    public mutating func appendInterpolation(_ notice: Notice) { text += notice.text }
  }

  public static func + (one: Notice, other: Notice) -> Notice {
    Notice(text: one.text + other.text)
  }

  /// A notice that keeps the line ends of `text`.
  public static func lines(_ text: String) -> Notice {
    Notice(text: text.showingControls(but: ["\n"]))
  }

  /// One line for each notice.
  public static func lines(_ notices: [Notice]) -> Notice {
    Notice(text: notices.map(\.text).joined(separator: "\n"))
  }
}

extension String {
  /// Replaces each character that a terminal would act on by an escape, such as `\n` or `\u001B`:
  /// controls, line ends, and characters that change the direction of text.
  public func showingControls(but kept: Set<Unicode.Scalar> = []) -> String {
    if !unicodeScalars.contains(where: { $0.isControl && !kept.contains($0) }) { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if scalar.isControl, !kept.contains(scalar) {
        shown += scalar.escape
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch value {
    case 0x20..<0x7F: false
    case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The escape in JSON's notation.
  fileprivate var escape: String {
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: return "\\u" + hexDigits
    }
  }
}
