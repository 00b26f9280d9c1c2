internal import Contract
internal import Users

/// What answers tell of a change by which an account came to more power.
struct EndedAccess: ResultShape {
  var count: Int?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "access_ended", count,
      "How many of its secrets have ended, since it may do more now than who asked for them.")
  }

  static var sample: EndedAccess { EndedAccess() }

  /// The record of an account, and what has ended with its change.
  static var userFields: [Field] {
    UserRow.describedFields + ResultDescriber.fields(of: EndedAccess.self)
  }
}
