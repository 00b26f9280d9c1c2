/// Why a value is invalid, in words for a person. The pointers are relative to the value.
public struct InvalidValue: Error {
  /// At least one.
  public let problems: [Failure.Problem]

  public init(_ message: String) { problems = [.init("", message)] }

  /// `problems` has at least one; its pointers are relative to the value.
  public init(_ problems: [Failure.Problem]) { self.problems = problems }

  public var message: String { problems.map(\.message).joined(separator: "; ") }
}
