/// What is kept as a number; nil where it is nothing.
public protocol NumberColumn {
  /// Whether it may be nothing.
  static var canBeNil: Bool { get }
  init(column number: Int64?)
  var column: Int64? { get }
}

extension NumberColumn {
  @inlinable public static var canBeNil: Bool { false }
}
