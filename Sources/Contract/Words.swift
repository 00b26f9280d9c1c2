/// A text that may name methods: by their own names for JSON-RPC callers, by the names of their
/// tools for agents. `\(method: )` inserts such a name.
public struct Words: ExpressibleByStringInterpolation, Sendable {
  fileprivate enum Part: Sendable {
    case text(String)
    case method(StaticString)
  }

  private var parts: [Part]

  public init(stringLiteral value: String) { parts = [.text(value)] }
  public init(stringInterpolation interpolation: Interpolation) { parts = interpolation.parts }

  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) { parts.append(.text(literal)) }
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      parts.append(.text(value.description))
    }
    public mutating func appendInterpolation(method name: StaticString) {
      parts.append(.method(name))
    }
  }

  /// The text with the methods' own names.
  public var text: String { text(naming: \.description) }

  public func text(naming name: (StaticString) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .method(let method): name(method)
      }
    }.joined()
  }

  public static func + (one: Words, other: Words) -> Words {
    var both = one
    both.parts += other.parts
    return both
  }
}
