/// A value that a store keeps as a number; nil for a missing value.
public protocol NumberColumn {
  /// Whether the number may be nil.
  static var canBeNil: Bool { get }
  init(column number: Int64?)
  var column: Int64? { get }
}

extension NumberColumn {
  @inlinable public static var canBeNil: Bool { false }
}
