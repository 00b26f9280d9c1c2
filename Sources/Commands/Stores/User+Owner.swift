import Contract
import UserMethods
import Users

extension User {
  /// The first account of a store, which owns it.
  static func owner(_ email: String, name: String?) throws -> User {
    var ids = UserIDGenerator()
    // Earlier than the ids of requests within the same millisecond.
    let time = Timestamp.now.adding(-1)
    guard UserID.holds(time) else { throw StoreError.clockPastIDs }
    do throws(InvalidValue) {
      let address = try Email(email).value
      let name = try Name(name ?? address.parts(at: "@")[0]).value
      return User(owner: ids.next(at: time), email: address, name: name)
    } catch {
      throw UsageError("the owner's email or name \(error.message): \(email)")
    }
  }
}
