public protocol ResultVisitor: ~Copyable {
  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ description: StaticString)
  /// A field that is left out if it is nil.
  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString)
}
