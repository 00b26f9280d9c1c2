/// Why a value is invalid, in words for a person; the pointers lead into the value.
public struct InvalidValue: Error {
  /// At least one.
  public let problems: [Failure.Problem]

  public init(_ message: String) { problems = [.init("", message)] }

  /// `problems` has at least one; its pointers lead into the value.
  public init(_ problems: [Failure.Problem]) { self.problems = problems }

  public var message: String { problems.map(\.message).joined(separator: "; ") }
}
