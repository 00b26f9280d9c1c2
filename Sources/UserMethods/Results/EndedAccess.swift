internal import Contract
internal import Users

/// The extra result field of a change that ended credentials because it gave the account more
/// power.
struct EndedAccess: ResultSchema {
  var count: Int?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "access_ended", count,
      "Number of its tokens and invitations that ended because the account outgrew their creators.")
  }

  static var sample: EndedAccess { EndedAccess() }

  /// The fields of an account's record, and `access_ended`.
  static var userFields: [Field] {
    UserView.describedFields + ResultDescriber.fields(of: EndedAccess.self)
  }
}
