import Contract
import UserMethods
import Users

extension User {
  /// The first account of a store, which owns it.
  static func owner(_ email: String, name: String?) throws -> User {
    var ids = UserIDGenerator()
    // Before anything that a request of this millisecond makes.
    let time = Timestamp.now.adding(-1)
    guard UserID.holds(time) else { throw StoreError.clockPastIDs }
    do throws(Mismatch) {
      let address = try Email(email).value
      let name = try Name(name ?? address.parts(at: "@")[0]).value
      return User(owner: ids.next(at: time), email: address, name: name)
    } catch {
      throw UsageError("the owner's email or name \(error.message): \(email)")
    }
  }
}
